import { describe, expect, test } from 'vitest';
import { LEVELS } from '../../domain/forecast.ts';
import { isRefusal } from '../../domain/errors.ts';
import { seededRandom } from '../../domain/random.ts';
import { series, type Series } from '../../domain/series.ts';
import { epochMs, STEP, STEPS_A_DAY } from '../../domain/units.ts';
import { lengthened, likenessTo } from './lent-past.ts';
import { network } from './network.ts';
import { parseWeights } from './network-weights.ts';
import { SHIPPED_WEIGHTS } from './shipped-weights.ts';
import { BASELINES } from './catalogue.ts';
import { templateModel, templateOf, withTemplate } from './template.ts';

const DAYS = 12;
const END = DAYS * STEPS_A_DAY;
const made = (clock: number, values: Float64Array, observed?: Uint8Array): Series => {
  const result = series(epochMs(clock * STEP), STEP, values, observed);
  if (!result.ok) throw new Error(result.defect.kind);
  return result.series;
};
/** From `from` to `to`: a night, a morning peak at its hour, some noise. */
const load = (hour: number, level: number, height: number, [from, to] = [0, END]): Series => {
  const random = seededRandom(hour);
  const whole = Float64Array.from({ length: DAYS * STEPS_A_DAY + STEPS_A_DAY }, (_, clock) => {
    const away = ((clock % STEPS_A_DAY) - 4 * hour) / 8;
    return level + height * (Math.exp(-away * away) + 0.05 * random());
  });
  return made(from, whole.slice(from, to));
};
const donors = [7, 9, 11, 13, 15, 17, 20].map((hour) => load(hour, 2, 3));
const net = network(parseWeights(SHIPPED_WEIGHTS));
const template = templateOf(donors)!;
/** Began at midnight, and is twelve hours old: its peak at 15 is still to come. */
const young = load(15, 10, 40, [END, END + 48]);
const longDonors = [7, 9, 11, 13, 15, 17, 20].map((hour) => load(hour, 2, 3, [0, END + 72]));

describe('donors', () => {
  test('are a week old and mostly observed', () => {
    const gappy = made(0, donors[0]!.values, new Uint8Array(END));
    const infant = load(9, 2, 3, [0, 6 * STEPS_A_DAY]);
    expect(templateOf([...donors, gappy, infant])?.donors).toEqual(donors);
  });

  test('are five at least', () => {
    expect(templateOf(donors.slice(0, 5))).toBeDefined();
    expect(templateOf(donors.slice(0, 4))).toBeUndefined();
  });
});

describe('likeness', () => {
  const twin = made(
    END,
    Float64Array.from(longDonors[4]!.values.slice(END), (v) => 3 + 5 * v),
  );

  test('of a series that is another, shifted and stretched, is complete', () => {
    const fit = likenessTo(twin, longDonors[4]!)!;
    expect(fit.correlation).toBeCloseTo(1);
    expect(fit.gain / 5).toBeCloseTo(1, 1);
    expect(fit.level + fit.gain * 4).toBeCloseTo(3 + 5 * 4, 0);
  });

  test('is not asked of a donor that began at about the same time, or that never moved', () => {
    expect(likenessTo(young, load(15, 2, 3, [END - 99, END + 48]))).toBeUndefined();
    expect(likenessTo(young, made(0, new Float64Array(END + 48).fill(3)))).toBeUndefined();
  });

  test('counts what both were observed to be, and nothing else', () => {
    const observed = Uint8Array.from({ length: END + 48 }, (_, index) => (index % 3 === 0 ? 0 : 1));
    const values = longDonors[4]!.values.map((value, index) => (observed[index] ? value : 1e6));
    const fit = likenessTo(twin, made(0, values, observed))!;
    expect(fit.correlation).toBeCloseTo(1);
  });
});

test('a longer history ends with the own one; a load that was never negative was not before', () => {
  const fit = { correlation: 1, level: -3, gain: 1, before: END };
  const longer = lengthened(young, longDonors[4]!, fit);
  expect(longer.values.slice(-48)).toEqual(young.values);
  expect(longer.start).toBe(epochMs(0));
  expect(Math.min(...longer.values)).toBe(0);
});

test('a template is for what was learnt elsewhere, under its own name; without one all stays as it is', () => {
  const models = [BASELINES[0], net];
  expect(withTemplate(models, undefined)).toBe(models);
  const [rule, learnt] = withTemplate(models, template);
  expect(rule).toBe(BASELINES[0]);
  expect(learnt).not.toBe(net);
  expect([learnt!.name, learnt!.isPretrained]).toEqual([net.name, true]);
});

describe('a young series', () => {
  const forecastBy = (history: Series, of = templateOf(longDonors)!) =>
    templateModel(of, net).fit(history).predict(STEPS_A_DAY, LEVELS);

  test('is forecast to have the peak that its likes had, before it has had one', () => {
    const fiveAlike = [15, 15, 15, 15, 15].map((hour, index) =>
      load(hour, 2 + index, 3 + index, [0, END + 48]),
    );
    const peak = 15 * 4 - 48;
    const withThem = forecastBy(young, { donors: fiveAlike }).values[4]![peak]!;
    const without = net.fit(young).predict(STEPS_A_DAY, LEVELS).values[4]![peak]!;
    expect(withThem).toBeGreaterThan(without);
  });

  test('gets quantiles that never cross', () => {
    const { values } = forecastBy(young);
    for (let level = 1; level < LEVELS.length; level += 1) {
      expect(values[level]!.every((value, step) => value >= values[level - 1]![step]!)).toBe(true);
    }
  });

  test('that is scaled gets a forecast that is', () => {
    const tenfold = made(
      END,
      young.values.map((value) => 10 * value),
    );
    const [one, ten] = [forecastBy(young).values[4]!, forecastBy(tenfold).values[4]!];
    for (const [step, value] of one.entries()) expect(ten[step]).toBeCloseTo(10 * value, 6);
  });

  test('for which nobody was there before is forecast from what it was itself', () => {
    const { values } = forecastBy(young, { donors: [] });
    expect(values).toEqual(net.fit(young).predict(STEPS_A_DAY, LEVELS).values);
  });

  test('of less than two hours is refused', () => {
    const model = templateModel(template, net);
    const infant = made(END, young.values.slice(0, 7));
    expect(() => model.fit(infant)).toThrow(
      expect.toSatisfy((error: unknown) => isRefusal(error, 'HISTORY_TOO_SHORT')),
    );
  });
});
