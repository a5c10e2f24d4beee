import { describe, expect, test } from 'vitest';
import { series } from '../../domain/series.ts';
import { epochMs, STEP } from '../../domain/units.ts';
import { combination, combined, combinedAfter, softWeights } from './combine.ts';
import type { Model } from './model.ts';

describe('weights', () => {
  test.each([
    ['fall with the fourth power of the loss', [1, 2], [16 / 17, 1 / 17]],
    ['are equal for equal losses', [3, 3], [0.5, 0.5]],
    ['below one per cent are nothing', [1, 2, 4], [16 / 17, 1 / 17, 0]],
    ['are all for a model that never erred', [0, 0.1, 1], [1, 0, 0]],
    ['are none for a model that is infinitely worse', [1, Number.POSITIVE_INFINITY], [1, 0]],
    ['are shared where all erred without measure', [Infinity, Infinity], [0.5, 0.5]],
  ])('%s', (_, losses, expected) => {
    softWeights(losses, 4).forEach((weight, index) =>
      expect(weight).toBeCloseTo(expected[index]!, 12),
    );
  });
});

test('weights count what is known beforehand', () => {
  expect(softWeights([1, 1], 4, [1, 3])).toEqual([0.25, 0.75]);
});

/** Says its level plus `value` at every step. */
const saying = (name: string, value: number, minimumSteps = 1): Model => ({
  name,
  minimumSteps,
  fit: ({ step, values: { length } }) => ({
    predict: (horizon, levels) => ({
      start: epochMs(length * step),
      step,
      levels,
      values: levels.map((level) => new Float64Array(horizon).fill(level + value)),
    }),
  }),
});
const made = series(epochMs(0), STEP, Float64Array.of(1, 2, 3));
if (!made.ok) throw new Error(made.defect.kind);
const history = made.series;
const nameOf = (names: readonly [string, ...string[]]): string => {
  const [first, ...others] = names.map((name) => ({ model: saying(name, 0), weight: 1 }));
  return combination([first!, ...others]).name;
};

test('quantiles are averaged level by level, whatever the weights sum to', () => {
  const said = (value: number) => saying('', value).fit(history).predict(2, [0.25, 0.5]);
  const together = combined([
    { forecast: said(0), weight: 1 },
    { forecast: said(8), weight: 3 },
  ]);
  expect(together).toEqual(said(6));
});

test('several models are one, that needs what the neediest of them does', () => {
  const both = combination([
    { model: saying('a', 0), weight: 0.5 },
    { model: saying('b', 4, 7), weight: 0.5 },
  ]);
  expect(both).toMatchObject({ name: 'mix-a-b', minimumSteps: 7 });
  expect(both.fit(history).predict(3, [0.5])).toEqual(saying('', 2).fit(history).predict(3, [0.5]));
});

describe('the band of several models', () => {
  const step = 95;
  const valuesAfter = (past: readonly number[], bias: number): number[] => {
    const known = series(epochMs(0), STEP, Float64Array.from(past));
    if (!known.ok) throw new Error(known.defect.kind);
    const both = combination([
      { model: saying('a', bias), weight: 1 },
      { model: saying('b', bias + 2), weight: 1 },
    ]);
    const { values } = both.fit(known.series).predict(96, [0.1, 0.5, 0.9]);
    return values.map((row) => row[step]!);
  };
  test('is wider half a day ahead, about the same median', () => {
    const [low = 0, middle = 0, high = 0] = valuesAfter([-1, 2, 3], 1);
    expect([low, middle, high].map((value) => value - middle)).toEqual([
      expect.closeTo(-0.44, 12),
      0,
      expect.closeTo(0.44, 12),
    ]);
  });
  test('does not fall below zero after a history that never did', () => {
    expect(valuesAfter([1, 2, 3], -1.09)[0]).toBe(0);
    expect(valuesAfter([-1, 2, 3], -1.09)[0]).toBeCloseTo(-0.03, 12);
  });
  test('is the same when the median is not asked for', () => {
    const both = combination([
      { model: saying('a', 0), weight: 1 },
      { model: saying('b', 2), weight: 1 },
    ]).fit(history);
    const [all, some] = [both.predict(96, [0.1, 0.5, 0.9]), both.predict(96, [0.1, 0.9])];
    expect(some.levels).toEqual([0.1, 0.9]);
    expect(some.values).toEqual([all.values[0], all.values[2]]);
  });
  test('needs a median', () => {
    const forecast = saying('', 0).fit(history).predict(2, [0.25]);
    expect(() => combinedAfter(history, [{ forecast, weight: 1 }])).toThrow('no median');
  });
});

describe('the name', () => {
  test('of one model is its own', () => {
    expect(nameOf(['holt-winters'])).toBe('holt-winters');
  });
  test('of several is short and may be a label value', () => {
    const name = nameOf(['seasonal-naive-day', 'naive', 'same-time-median', 'holt-winters']);
    expect(name).toBe('mix-snd-naive-stm-hw');
  });
  test('of too many is their number', () => {
    const [first = '', ...others] = Array.from({ length: 20 }, (_, index) => `model${index}`);
    expect(nameOf([first, ...others])).toBe('mix-of-20');
  });
});
