import { idOf, type ComponentKey, type Resource } from '../domain/component.ts';
import type { IssuedFor } from '../domain/forecast.ts';
import type { HistoryColumn } from '../domain/history.ts';
import type { RunResult } from '../domain/run.ts';
import type { Score } from '../domain/score.ts';
import { days, epochMs, hours, minutes, STEP, type EpochMs, type Window } from '../domain/units.ts';
import { BASELINES } from '../forecast/models/catalogue.ts';
import type { ChoiceKeeper, ComponentMemory } from '../forecast/training/choice-memory.ts';
import { forecastSeries } from '../forecast/training/forecast-series.ts';
import type { SeriesJob } from '../forecast/training/job.ts';
import type { Forecaster, TrainJob, TrainPorts } from '../forecast/training/ports.ts';
import { recentRing } from '../forecast/training/recent.ts';
import { WHOLE } from '../forecast/training/shards.ts';
import { trainAll } from '../forecast/training/train.ts';
import { TEN } from './builders.ts';

export const NOW = epochMs(TEN + minutes(7));
export const shop = (component: string): ComponentKey => ({ namespace: 'shop', component });
export const signal = new AbortController().signal;
export const job: TrainJob = {
  choose: 'all',
  now: NOW,
  historyDays: 14,
  futureDays: 1,
  run: 'train-1',
};

/** A store that has the last `hoursOf` hours of each component, up to ten o'clock or later. */
export function aStore(hoursOf: Readonly<Record<string, number>>, until: EpochMs = TEN) {
  const end = Math.floor(until / STEP) * STEP;
  const reads: {
    readonly keys: readonly ComponentKey[] | 'everybody';
    readonly resource: Resource;
    readonly window: Window;
  }[] = [];
  const issued: IssuedFor[] = [];
  const scores: Score[] = [];
  async function* readHistory(
    keys: readonly ComponentKey[] | 'everybody',
    resource: Resource,
    window: Window,
  ): AsyncGenerator<HistoryColumn> {
    reads.push({ keys, resource, window });
    for (const [name, length] of Object.entries(hoursOf)) {
      const key = shop(name);
      if (keys !== 'everybody' && !keys.some((one) => idOf(one) === idOf(key))) continue;
      const count = hours(length) / STEP;
      const all = Float64Array.from({ length: count }, (_, i) => end - (count - i) * STEP);
      const starts = all.filter((start) => start >= window.from && start < window.to);
      if (starts.length > 0)
        yield { key, starts, values: starts.map((start) => 2 + Math.sin(start / 1e7)) };
    }
  }
  return {
    reads,
    issued,
    scores,
    history: { readHistory },
    future: {
      async writeFuture(forecasts: readonly IssuedFor[]) {
        issued.push(...forecasts);
      },
    },
    scoreWriter: {
      async writeScores(some: readonly Score[]) {
        scores.push(...some);
      },
    },
  };
}
/** Few, since each is asked at many origins. */
export const FEW = BASELINES;
const catalogue = { models: FEW, baselines: BASELINES };
const failing = { kind: 'failed', reason: 'TRAINING_FAILED: a hog' } as const;
export const failingFor = (
  fails: (of: SeriesJob) => boolean,
  asked: SeriesJob[] = [],
): Forecaster => ({
  open: (plan) => ({
    async forecast(jobs) {
      asked.push(...jobs);
      return jobs.map((of) => (fails(of) ? failing : forecastSeries(of, plan, catalogue)));
    },
    used: () => ({ cpuSeconds: 1, maxRssBytes: 1 }),
    async [Symbol.asyncDispose]() {},
  }),
});
export const inProcess = failingFor(() => false);
/** Remembers in this process. */
function aKeeper(): ChoiceKeeper {
  const kept = new Map<string, ComponentMemory>();
  return {
    remembered: () => kept,
    async remember(chosen) {
      for (const { key, memory } of chosen) {
        kept.set(idOf(key), { ...kept.get(idOf(key)), ...memory });
      }
    },
  };
}
export const portsOf = (store: ReturnType<typeof aStore>, forecaster = inProcess): TrainPorts => ({
  history: store.history,
  recent: recentRing(store.history, days(15), WHOLE),
  choices: aKeeper(),
  future: store.future,
  scores: store.scoreWriter,
  forecaster,
});
export const train = async (
  ports: TrainPorts,
  about: Partial<TrainJob> = {},
): Promise<readonly RunResult[]> =>
  (await trainAll(ports, { ...job, ...about }, () => undefined, signal)).results;
