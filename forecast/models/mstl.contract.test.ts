import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { isRefusal } from '../../domain/errors.ts';
import { LEVELS } from '../../domain/forecast.ts';
import { seededRandom } from '../../domain/random.ts';
import { series, type Series } from '../../domain/series.ts';
import { epochMs, STEP, STEPS_A_DAY } from '../../domain/units.ts';
import type { Model } from './model.ts';
import { etsModel, mstlModel, openAugurs } from './mstl.ts';

/* With the real library. */

const augurs = await openAugurs(readFile);
const mstl = mstlModel(augurs);
const ets = etsModel(augurs);

const given = (days: number, at: (index: number) => number): Series => {
  const values = Float64Array.from({ length: days * STEPS_A_DAY }, (_, index) => at(index));
  const made = series(epochMs(0), STEP, values);
  if (!made.ok) throw new Error(made.defect.kind);
  return made.series;
};
const wave = (index: number): number => 5 + Math.sin((2 * Math.PI * index) / STEPS_A_DAY);
const noisy = (seed: number) => {
  const random = seededRandom(seed);
  return (index: number): number => wave(index) + 0.2 * (random() - 0.5);
};
const medianOf = (history: Series, model = mstl): Float64Array =>
  model.fit(history).predict(STEPS_A_DAY, [0.5]).values[0]!;

function outcomeOf(model: Model, history: Series): string {
  try {
    const { values } = model.fit(history).predict(2 * STEPS_A_DAY, LEVELS);
    return values.every((row) => row.every(Number.isFinite)) ? 'finite' : 'not finite';
  } catch (error) {
    if (isRefusal(error)) return error.code;
    throw error;
  }
}

describe('mstl-ets', () => {
  test('goes on with the day, on the level that the trend has come to', () => {
    const drifting = noisy(1);
    const at = (index: number): number => drifting(index) + index / 500;
    const said = medianOf(given(8, at));
    const miss = said.map((value, step) =>
      Math.abs(value - wave(step) - (8 * STEPS_A_DAY + step) / 500),
    );
    expect(miss.reduce((sum, one) => sum + one / miss.length, 0)).toBeLessThan(0.2);
  });
  test('knows the weekend from two weeks on', () => {
    const free = (index: number): boolean => Math.floor(index / STEPS_A_DAY) % 7 === 0;
    const at = noisy(2);
    const quiet = given(15, (index) => (free(index) ? 0.2 : 1) * at(index));
    const [workday, weekend] = [quiet, given(14, (index) => quiet.values[index]!)].map(
      (history) => medianOf(history)[40]!,
    );
    expect(weekend).toBeLessThan(workday! / 2);
  });
});

describe('ets', () => {
  test('stays at the level, without a rhythm', () => {
    const random = seededRandom(3);
    const said = medianOf(
      given(5, () => 3 + random()),
      ets,
    );
    expect(Math.min(...said)).toBeGreaterThan(3.2);
    expect(Math.max(...said)).toBeLessThan(3.8);
  });
});

describe.each([mstl, ets])('$name', (model) => {
  test('scales and shifts with the history, and says the same again', () => {
    const values = given(5, noisy(4)).values;
    const said = medianOf(
      given(5, (index) => values[index]!),
      model,
    );
    const moved = medianOf(
      given(5, (index) => 2 ** 30 * values[index]! + 2 ** 33),
      model,
    );
    moved.forEach((value, step) =>
      expect((value - 2 ** 33) / 2 ** 30 / said[step]!).toBeCloseTo(1, 5),
    );
    expect(
      medianOf(
        given(5, (index) => values[index]!),
        model,
      ),
    ).toEqual(said);
  });
  test('is finite, or refuses, on spikes, on nothing and on one odd value', () => {
    const wild = [
      given(5, () => 0),
      given(5, () => 0.3),
      given(5, (index) => (index % 100 === 0 ? 1e15 : 0)),
      given(5, (index) => (index === 300 ? 1e-300 : 0)),
      given(5, (index) => (index < 470 ? 1 : -1e9)),
    ];
    for (const history of wild) {
      expect(['finite', 'MODEL_FAILING']).toContain(outcomeOf(model, history));
    }
  });
  test('a constant stays exactly what it is', () => {
    expect(
      new Set(
        medianOf(
          given(5, () => 0.3),
          model,
        ),
      ),
    ).toEqual(new Set([0.3]));
  });
});
