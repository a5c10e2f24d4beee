import { LEVELS } from '../domain/forecast.ts';
import { fillGaps, historyBefore } from '../domain/gaps.ts';
import { durationMs, epochMs, STEP, STEPS_A_DAY, type EpochMs } from '../domain/units.ts';
import type { AdaptedLevel } from '../domain/use.ts';
import { quantileOf, type Vintage } from '../domain/vintage.ts';
import { MODELS } from '../forecast/models/catalogue.ts';
import type { Model } from '../forecast/models/model.ts';
import { pinball, seasonalScale } from '../forecast/models/score.ts';
import { readTraces } from '../forecast/training/traces.ts';
import { adapt } from '../inference/adapt.ts';

/*
 * Is the online correction of the served level worth it? `node bench/adaptive-levels.ts [every nth series] [level] [model]`:
 * one step ahead, over the last 14 days of each development trace, with and without it.
 */

const DAYS_PLAYED = 14;
const [nth = '10', target = '0.9', name = 'network'] = process.argv.slice(2);
const level = Number(target);
const chosen = modelNamed(name);
const folder = new URL('../../shared/traces/15min', import.meta.url).pathname;

type Played = { share: number; loss: number; raw: number; rawLoss: number; width: number };
const played: { readonly set: string; readonly one: Played }[] = [];

for (const { name: set, examples } of readTraces(folder)) {
  for (const [index, { values, observed, clock }] of examples.entries()) {
    if (index % Number(nth) !== 0 || values.length < (DAYS_PLAYED + 2) * STEPS_A_DAY) continue;
    const start: EpochMs = epochMs(clock * STEP);
    const one = play(fillGaps(start, values, observed));
    if (one !== undefined) played.push({ set, one });
  }
}

type Step = { readonly truth: number; readonly raw: number; readonly served: number };

function play(history: ReturnType<typeof fillGaps>): Played | undefined {
  const first = history.values.length - DAYS_PLAYED * STEPS_A_DAY;
  const scale = seasonalScale(historyBefore(history, first));
  const steps = scale === undefined ? [] : stepsOf(history, first);
  if (scale === undefined || steps.length < STEPS_A_DAY) return undefined;
  const over = (of: (step: Step) => number): number => mean(steps.map(of));
  return {
    share: over(({ truth, served }) => (truth <= served ? 1 : 0)),
    loss: over(({ truth, served }) => pinball(level, truth - served) / scale),
    raw: over(({ truth, raw }) => (truth <= raw ? 1 : 0)),
    rawLoss: over(({ truth, raw }) => pinball(level, truth - raw) / scale),
    width: over(({ served, raw }) => (served - raw) / scale),
  };
}

/** Every observed step from `first` on, forecast by the issue of the step before, and then learnt from. */
function stepsOf(history: ReturnType<typeof fillGaps>, first: number): Step[] {
  const steps: Step[] = [];
  let state: AdaptedLevel | undefined;
  for (let step = first; step < history.values.length; step += 1) {
    if (history.observed[step] !== 1) continue;
    const truth = history.values[step] ?? Number.NaN;
    const said = vintageAt(history, step);
    const raw = quantileOf(said, level);
    steps.push({ truth, raw, served: quantileOf(said, state?.level ?? level) });
    state = adapt(state, level, [{ at: said.at, said, truth }]);
  }
  return steps;
}

function vintageAt(history: ReturnType<typeof fillGaps>, step: number): Vintage {
  const { values } = chosen.fit(historyBefore(history, step - 1)).predict(2, LEVELS);
  const at = epochMs(history.start + step * STEP);
  return {
    key: { namespace: 'bench', component: 'one' },
    resource: 'cpu',
    lead: 1,
    at,
    issuedAt: epochMs(at - durationMs(STEP)),
    model: name,
    levels: LEVELS,
    values: Float64Array.from(values, (row) => row[1] ?? Number.NaN),
  };
}

function mean(some: readonly number[]): number {
  return some.reduce((a, b) => a + b, 0) / some.length;
}

function modelNamed(wanted: string): Model {
  const found = MODELS.find((one) => one.name === wanted);
  if (found === undefined) throw new Error(`there is no model ${wanted}`);
  return found;
}

const line = (set: string, some: readonly Played[]): string => {
  const inBand = (share: number): number => (Math.abs(share - level) <= 0.02 ? 1 : 0);
  return [
    set.padEnd(24),
    String(some.length).padStart(4),
    mean(some.map(({ raw }) => raw)).toFixed(3),
    mean(some.map(({ share }) => share)).toFixed(3),
    mean(some.map(({ raw }) => inBand(raw))).toFixed(2),
    mean(some.map(({ share }) => inBand(share))).toFixed(2),
    Math.exp(
      mean(
        some
          .filter(({ rawLoss }) => rawLoss > 0)
          .map(({ loss, rawLoss }) => Math.log(loss / rawLoss)),
      ),
    ).toFixed(3),
    mean(some.map(({ width }) => width)).toFixed(3),
  ].join('  ');
};
process.stdout.write(
  'set  series  P without  P with  in band without  with  loss ratio  shift in scales\n',
);
for (const [set, some] of Map.groupBy(played, (each) => each.set)) {
  process.stdout.write(
    `${line(
      set,
      some.map(({ one }) => one),
    )}\n`,
  );
}
process.stdout.write(
  `${line(
    'all',
    played.map(({ one }) => one),
  )}\n`,
);
