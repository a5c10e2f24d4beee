import { historyTooShort, refusal } from '../../domain/errors.ts';
import type { Forecast, QuantileLevels } from '../../domain/forecast.ts';
import { historyBefore } from '../../domain/gaps.ts';
import { quantile, valueAt } from '../../domain/quantile.ts';
import { timeAt, type Series } from '../../domain/series.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import type { FittedModel, Model } from './model.ts';

/** A costly rule for one number per step ahead, that has to be fitted anew at each origin. */
export interface CostlyRule {
  readonly name: string;
  readonly minimumSteps: number;
  /**
   * The `horizon` steps after the history, from its values alone.
   *
   * @returns `undefined` when it finds no fit.
   */
  ahead(history: Series, horizon: number): ((step: number) => number) | undefined;
}

const BLOCK_STEPS = 24;
const DAYS_BACK = 7;

/**
 * A costly rule with quantiles calibrated on its own errors: fitted anew at the ends of the last seven days, the
 * type-7 quantiles of its errors about their median, apart for each block of 24 steps ahead, are added to what it
 * says now. Where no day can be asked the changes from day to day serve. What was fitted is kept as long as the
 * history, since the ends of days of one history are those of another a day later. `fit` refuses with `MODEL_FAILING` where the
 * rule finds no fit.
 */
export function calibratedByDay(rule: CostlyRule): Model {
  const { name, minimumSteps } = rule;
  const kept = new WeakMap<ArrayBufferLike, Map<string, Points>>();
  /** One day from each origin; equal values are found again by where they lie. */
  const dayAfter = (history: Series): Points => {
    const { buffer, byteOffset, length } = history.values;
    const known = kept.get(buffer) ?? new Map<string, Points>();
    kept.set(buffer, known);
    const at = `${byteOffset} ${length}`;
    if (!known.has(at)) known.set(at, pointsOf(rule, history, STEPS_A_DAY));
    return known.get(at);
  };
  return {
    name,
    minimumSteps,
    fit(history: Series): FittedModel {
      const { length } = history.values;
      if (length < minimumSteps) throw historyTooShort(length, minimumSteps);
      const firstDay = orRefused(dayAfter(history));
      const floor = history.values.some((value) => value < 0) ? Number.NEGATIVE_INFINITY : 0;
      return {
        predict(horizon: number, levels: QuantileLevels): Forecast {
          const points =
            horizon > STEPS_A_DAY ? orRefused(pointsOf(rule, history, horizon)) : firstDay;
          const errors = errorsByBlock(history, minimumSteps, dayAfter);
          const values = levels.map((level) => {
            const shifts = errors.map((ascending) => shiftAt(ascending, level));
            return Float64Array.from({ length: horizon }, (_, step) => {
              const block = Math.floor(step / BLOCK_STEPS);
              const shift = shifts[Math.min(block, shifts.length - 1)] ?? 0;
              return Math.max(floor, valueAt(points, step) + shift);
            });
          });
          return { start: timeAt(history, length), step: history.step, levels, values };
        },
      };
    },
  };
}

/** `undefined` = no fit. */
type Points = Float64Array | undefined;

function pointsOf(rule: CostlyRule, history: Series, horizon: number): Points {
  const point = rule.ahead(history, horizon);
  return point && Float64Array.from({ length: horizon }, (_, step) => point(step));
}

function orRefused(points: Points): Float64Array {
  if (points === undefined)
    throw refusal('MODEL_FAILING', 'the model finds no fit in this history');
  return points;
}

/** Ascending errors of each block of steps ahead, over the days that were observed. */
function errorsByBlock(
  history: Series,
  minimumSteps: number,
  dayAfter: (history: Series) => Points,
): readonly Float64Array[] {
  const { values, observed } = history;
  const blocks = Array.from({ length: STEPS_A_DAY / BLOCK_STEPS }, (): number[] => []);
  for (let day = 1; day <= DAYS_BACK; day += 1) {
    const origin = values.length - day * STEPS_A_DAY;
    if (origin < minimumSteps) break;
    const points = dayAfter(historyBefore(history, origin));
    for (let step = 0; step < STEPS_A_DAY; step += 1) {
      if (points === undefined || observed[origin + step] === 0) continue;
      const error = valueAt(values, origin + step) - valueAt(points, step);
      blocks[Math.floor(step / BLOCK_STEPS)]?.push(error);
    }
  }
  const all = blocks.flat();
  const otherwise = all.length > 0 ? all : dailyChanges(history);
  return blocks.map((errors) =>
    Float64Array.from(errors.length > 0 ? errors : otherwise).toSorted(),
  );
}

function dailyChanges({ values, observed }: Series): number[] {
  const changes: number[] = [];
  for (let index = STEPS_A_DAY; index < values.length; index += 1) {
    if (observed[index] === 0 || observed[index - STEPS_A_DAY] === 0) continue;
    changes.push(valueAt(values, index) - valueAt(values, index - STEPS_A_DAY));
  }
  return changes;
}

const shiftAt = (ascending: Float64Array, level: number): number =>
  ascending.length === 0 ? 0 : quantile(ascending, level) - quantile(ascending, 0.5);
