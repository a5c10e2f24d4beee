import { historyTooShort } from '../../domain/errors.ts';
import type { Forecast, QuantileLevels } from '../../domain/forecast.ts';
import { quantile, valueAt } from '../../domain/quantile.ts';
import { timeAt, type Series } from '../../domain/series.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import type { FittedModel, Model } from './model.ts';
import { normalQuantile } from './normal-quantile.ts';

/** A rule for one number per step ahead, at any origin within a history or at its end. */
export interface PointRule {
  readonly name: string;
  /** The least number of steps before an origin. */
  readonly minimumSteps: number;
  /**
   * @param oldest the earliest origin that will be asked for. What a rule fits for an origin of the past it
   *               fits on what lies before that origin or before the oldest, never on what came after.
   * @returns the value of `origin + step`, step from 0, from what lies before `origin` alone.
   */
  over(history: Series, oldest: number): (origin: number, step: number) => number;
}

type Point = ReturnType<PointRule['over']>;
/** What is to be added to the point at a level. */
type Spread = (level: number) => number;

const BLOCK_STEPS = 24;
const ORIGINS = 28;
/** Seven days of origins, a quarter of a day apart: each block meets every time of day. */
const STEPS_BETWEEN_ORIGINS = 24;
const STEPS_BEFORE_AN_ORIGIN = 3 * STEPS_A_DAY;

/**
 * A point rule with quantiles calibrated on its own errors: the rule is asked at past origins what it
 * would have said, and the type-7 quantiles of its errors about their median, apart for each block of 24 steps
 * ahead, are added to what it says now. The median error itself is not: on real traces last week's bias
 * made the next day worse. Steps that were filled are no errors. A block without past origins has the errors of
 * the block before it; below four days the differences from day to day serve, below two the spread of the whole
 * history.
 *
 * Scaling the history scales the forecast, shifting it shifts it; only a history without a negative value is
 * never forecast below zero.
 */
export function conformal(rule: PointRule): Model {
  const { name, minimumSteps } = rule;
  return {
    name,
    minimumSteps,
    fit(history: Series): FittedModel {
      const origin = history.values.length;
      if (origin < minimumSteps) throw historyTooShort(origin, minimumSteps);
      const floor = hasNegative(history.values) ? Number.NEGATIVE_INFINITY : 0;
      return {
        predict(horizon: number, levels: QuantileLevels): Forecast {
          const blocks = Math.ceil(horizon / BLOCK_STEPS);
          const point = rule.over(history, oldestOrigin(history, rule, blocks));
          const points = Float64Array.from({ length: horizon }, (_, step) => point(origin, step));
          const spreads = spreadsOf(history, rule, point, blocks);
          const values = levels.map((level) => {
            const shifts = spreads.map((spread) => spread(level));
            return points.map((value, step) =>
              Math.max(floor, value + (shifts[Math.floor(step / BLOCK_STEPS)] ?? 0)),
            );
          });
          return { start: timeAt(history, origin), step: history.step, levels, values };
        },
      };
    },
  };
}

function hasNegative(values: Float64Array): boolean {
  for (const value of values) if (value < 0) return true;
  return false;
}

/** Where a rule may be asked at all: not before it has the steps that it needs. */
const stepsNeeded = ({ minimumSteps }: PointRule): number =>
  Math.max(minimumSteps, STEPS_BEFORE_AN_ORIGIN);

/** The latest origin at which all steps of a block are known. */
const newestOrigin = ({ values }: Series, block: number): number =>
  values.length - Math.max(STEPS_A_DAY, (block + 1) * BLOCK_STEPS);

function oldestOrigin(history: Series, rule: PointRule, blocks: number): number {
  const oldest = newestOrigin(history, blocks - 1) - (ORIGINS - 1) * STEPS_BETWEEN_ORIGINS;
  return Math.min(history.values.length, Math.max(stepsNeeded(rule), oldest));
}

/** One spread per block of steps ahead. */
function spreadsOf(history: Series, rule: PointRule, point: Point, blocks: number): Spread[] {
  const needed = stepsNeeded(rule);
  const spreads: Spread[] = [];
  for (let block = 0; block < blocks; block += 1) {
    const errors = errorsAhead(history, point, needed, block);
    spreads.push(
      errors.length > 0 ? empirical(errors) : (spreads[block - 1] ?? withoutOrigins(history)),
    );
  }
  return spreads;
}

/** Errors of one block of steps ahead at the past origins, newest first, after which it is known. */
function errorsAhead(history: Series, point: Point, needed: number, block: number): Float64Array {
  const { values, observed } = history;
  const errors = new Float64Array(ORIGINS * BLOCK_STEPS);
  let found = 0;
  const newest = newestOrigin(history, block);
  for (let index = 0; index < ORIGINS; index += 1) {
    const origin = newest - index * STEPS_BETWEEN_ORIGINS;
    if (origin < needed) break;
    for (let step = block * BLOCK_STEPS; step < (block + 1) * BLOCK_STEPS; step += 1) {
      if (observed[origin + step] === 0) continue;
      errors[found] = valueAt(values, origin + step) - point(origin, step);
      found += 1;
    }
  }
  return errors.subarray(0, found);
}

/** @param errors at least one. */
function empirical(errors: Float64Array): Spread {
  const ascending = errors.toSorted();
  const middle = quantile(ascending, 0.5);
  return (level) => quantile(ascending, level) - middle;
}

function withoutOrigins({ values, observed }: Series): Spread {
  if (values.length >= 2 * STEPS_A_DAY) {
    const changes = values
      .map((value, index) => value - (values[index - STEPS_A_DAY] ?? Number.NaN))
      .filter((_, index) => observed[index] === 1 && observed[index - STEPS_A_DAY] === 1);
    if (changes.length > 0) return empirical(changes);
  }
  const seen = values.filter((_, index) => observed[index] === 1);
  const mean = seen.reduce((sum, value) => sum + value / seen.length, 0);
  const variance = seen.reduce((sum, value) => sum + (value - mean) ** 2 / seen.length, 0);
  const deviation = Math.sqrt(variance);
  return (level) => deviation * normalQuantile(level);
}
