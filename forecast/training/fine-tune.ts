import { LEVELS, type Forecast } from '../../domain/forecast.ts';
import { seededRandom, type Random } from '../../domain/random.ts';
import { series, type Series } from '../../domain/series.ts';
import { epochMs, STEP, STEPS_A_DAY } from '../../domain/units.ts';
import { network } from '../models/network.ts';
import { errorOf, seasonalScale } from '../models/score.ts';
import type { NetworkWeights } from '../models/network-weights.ts';
import { chance, whole } from './chance.ts';
import type { TrainingEngine } from './engine.ts';
import { syntheticPool } from './synthetic-pool.ts';
import type { Example } from './synthetic.ts';
import { windowRows, type Habits } from './windows.ts';

export type FineTuneTask = {
  readonly seed: number;
  /** The weights in force: where it starts, and what it must beat. */
  readonly current: NetworkWeights;
  /** What few series may not lead far away from. */
  readonly shipped: Float32Array;
  /** At most; 600 unless told. */
  readonly steps?: number;
};

/** What came of it. Losses are geometric means of the scaled quantile loss over the days that were held out. */
export type FineTuned = {
  readonly kept: boolean;
  /** One sentence. */
  readonly why: string;
  readonly before?: number;
  /** Of the weights that were kept or discarded; absent, like `before`, where nothing could be held out. */
  readonly after?: number;
  /** Steps taken. */
  readonly steps: number;
  /** Series learnt from. */
  readonly series: number;
  /** Present when kept. */
  readonly weights?: Float32Array;
};

const STEPS = 600;
const RATE = 1e-3;
const STEPS_BETWEEN_LOOKS = 50;
const LOOKS_WITHOUT_GAIN = 5;
/** Below it the gain is less than what chance makes of another seed. */
const LEAST_GAIN = 0.01;
const HABITS: Habits = { young: 0.15, ofDays: 0.1, halfLife: 14 * STEPS_A_DAY, augments: true };
/** What it was trained on before goes on being shown, or it forgets how other days than the last ones may be. */
const SHARE_SYNTHETIC = 0.4;
const SYNTHETIC_SERIES = 400;
/** Fewer series do not stand for a cluster: weights are held near the shipped ones. */
const ENOUGH_SERIES = 20;
const PULL = 1e-3;
/** A look is a forecast of each: more would cost more than the training. */
const MOST_HELD_OUT = 300;
/** Days repeated exactly must not make the mean nothing. */
const SMALLEST_LOSS = 1e-3;
/** A day to learn from, a day of truth after it, a day held out. */
const SHORTEST = 3 * STEPS_A_DAY;

/**
 * Trains the network further on the series of one cluster. The last day of every series is held out; what is learnt is
 * kept when the loss there falls by 1 % at least. The same seed, weights and series give the same bits on one machine.
 */
export async function fineTune(
  engine: TrainingEngine,
  { seed, current, shipped, steps: most = STEPS }: FineTuneTask,
  examples: readonly Example[],
  signal: AbortSignal,
): Promise<FineTuned> {
  const random = seededRandom(seed);
  const usable = examples.filter(({ values }) => values.length >= SHORTEST);
  const days = shuffled(usable, random).flatMap(heldOutOf).slice(0, MOST_HELD_OUT);
  const lossOf = (values: Float32Array): number => lossOn(days, { ...current, values });
  const before = lossOf(current.values);
  if (days.length === 0) {
    const why = 'no series has two days to learn from and a day to be judged by';
    return { kept: false, why, steps: 0, series: 0 };
  }
  let best = { loss: before, weights: current.values, step: 0 };
  let steps = 0;
  const isEnough = (weights: Float32Array, step: number): boolean => {
    steps = step;
    if (step === 0 || step % STEPS_BETWEEN_LOOKS !== 0) return false;
    const loss = lossOf(weights);
    if (loss < best.loss) best = { loss, weights: weights.slice(), step };
    return step - best.step >= LOOKS_WITHOUT_GAIN * STEPS_BETWEEN_LOOKS;
  };
  const trained = await engine.train(
    {
      hidden: current.hidden,
      weights: current.values,
      rows: windowRows(rehearsing(inTurn(usable.map(withoutLastDay))), random, HABITS),
      steps: most,
      rate: RATE,
      isEnough,
      ...(usable.length < ENOUGH_SERIES ? { pull: { to: shipped, strength: PULL } } : {}),
    },
    signal,
  );
  if (steps === most - 1) isEnough(trained.weights, most);
  return judged(best, before, { steps, series: usable.length });
}

type Best = { readonly loss: number; readonly weights: Float32Array };

function judged(
  { loss, weights }: Best,
  before: number,
  told: { readonly steps: number; readonly series: number },
): FineTuned {
  const gain = 1 - loss / before;
  const percent = `${(100 * gain).toFixed(1)} %`;
  const kept = gain >= LEAST_GAIN;
  const why = kept
    ? `the held-out day is forecast ${percent} better`
    : `discarded: the held-out day is forecast ${percent} better, not 1 %`;
  return { kept, why, before, after: loss, ...told, ...(kept ? { weights } : {}) };
}

const withoutLastDay = ({ values, observed, clock }: Example): Example => ({
  values: values.subarray(0, -STEPS_A_DAY),
  observed: observed.subarray(0, -STEPS_A_DAY),
  clock,
});

type Draw = (random: Random) => Example;

function rehearsing(own: Draw): Draw {
  const synthetic = syntheticPool(SYNTHETIC_SERIES);
  return (random) => (chance(random, SHARE_SYNTHETIC) ? synthetic(random) : own(random));
}

/** Each example equally often: all of them in a new order, and again. */
function inTurn(examples: readonly Example[]): Draw {
  let deck: Example[] = [];
  return (random) => {
    if (deck.length === 0) deck = shuffled(examples, random);
    const next = deck.pop();
    if (next === undefined) throw new RangeError('there is no example');
    return next;
  };
}

/** @see Fisher and Yates, in the form of Durstenfeld, CACM 7(7), 1964, algorithm 235. */
function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  const deck = [...items];
  for (let last = deck.length - 1; last > 0; last -= 1) {
    const other = whole(random, 0, last);
    const moved = deck.splice(last, 1, ...deck.slice(other, other + 1));
    deck.splice(other, 1, ...moved);
  }
  return deck;
}

/** The last day of one example, and how a forecast of it is scored. */
type HeldOut = {
  readonly history: Series;
  readonly scored: (forecast: Forecast) => number | undefined;
};

function heldOutOf({ values, observed, clock }: Example): HeldOut[] {
  const origin = values.length - STEPS_A_DAY;
  const start = epochMs(clock * STEP);
  const all = series(start, STEP, values, observed);
  const before = series(start, STEP, values.subarray(0, origin), observed.subarray(0, origin));
  if (!all.ok || !before.ok) return [];
  const scale = seasonalScale(before.series);
  if (scale === undefined || !observed.subarray(0, origin).includes(1)) return [];
  const scored = (forecast: Forecast): number | undefined =>
    errorOf(forecast, all.series, origin, scale)?.pinball;
  return [{ history: before.series, scored }];
}

function lossOn(days: readonly HeldOut[], weights: NetworkWeights): number {
  const model = network(weights);
  const losses = days.flatMap(
    ({ history, scored }) => scored(model.fit(history).predict(STEPS_A_DAY, LEVELS)) ?? [],
  );
  const logs = losses.map((loss) => Math.log(Math.max(SMALLEST_LOSS, loss)));
  return Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
}
