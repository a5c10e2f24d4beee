/**
 * How much CPU a training run costs: 100 components x 2 resources x 28 days, in this process, so that its CPU time is known.
 * Run with `node bench/training.ts`.
 */
import type { ComponentKey } from '../domain/component.ts';
import type { HistoryColumn } from '../domain/history.ts';
import { seededRandom } from '../domain/random.ts';
import { days, epochMs, STEP, STEPS_A_DAY } from '../domain/units.ts';
import { BASELINES, MODELS } from '../forecast/models/catalogue.ts';
import { forecastSeries } from '../forecast/training/forecast-series.ts';
import { trainAll } from '../forecast/training/train.ts';

const COMPONENTS = 100;
const HISTORY_DAYS = 28;
const MICROSECONDS = 1e6;
const NOW = epochMs(1_795_514_400_000);

const keys: readonly ComponentKey[] = Array.from({ length: COMPONENTS }, (_, index) => ({
  namespace: 'bench',
  component: `c${index}`,
}));

/** A noisy day, a weekend and a gap of three hours. */
function columnOf(key: ComponentKey, index: number): HistoryColumn {
  const random = seededRandom(index);
  const steps = Array.from({ length: HISTORY_DAYS * STEPS_A_DAY }, (_, step) => step).filter(
    (step) => step < 1000 || step > 1012,
  );
  return {
    key,
    starts: Float64Array.from(steps, (step) => NOW - days(HISTORY_DAYS) + step * STEP),
    values: Float64Array.from(steps, (step) => {
      const weekend = Math.floor(step / STEPS_A_DAY) % 7 < 2 ? 0.5 : 1;
      return 2 + weekend * Math.sin((2 * Math.PI * step) / STEPS_A_DAY) + random();
    }),
  };
}

let written = 0;
const began = process.cpuUsage();
const results = await trainAll(
  {
    history: {
      async *readHistory(asked) {
        for (const [index, key] of (asked === 'everybody' ? keys : asked).entries()) {
          yield columnOf(key, index);
        }
      },
    },
    future: { writeFuture: async (forecasts) => void (written += forecasts.length) },
    scores: { writeScores: async () => undefined },
    forecaster: {
      open: (plan) => ({
        forecast: async (job) => forecastSeries(job, plan, MODELS, BASELINES),
        async [Symbol.asyncDispose]() {},
      }),
    },
  },
  { keys, now: NOW, historyDays: HISTORY_DAYS, futureDays: 1, run: 'bench' },
  () => undefined,
  new AbortController().signal,
);
const { user, system } = process.cpuUsage(began);
const cpuSeconds = (user + system) / MICROSECONDS;
const rows = [
  ['components trained', results.filter(({ result }) => result === 'trained').length],
  ['forecasts', written],
  ['CPU seconds', cpuSeconds.toFixed(2)],
  ['CPU milliseconds a series', ((1000 * cpuSeconds) / written).toFixed(2)],
  ['RSS, MiB', (process.memoryUsage().rss / 2 ** 20).toFixed(0)],
];
process.stdout.write(`${rows.map(([name, value]) => `${value}\t${name}`).join('\n')}\n`);
