import { expect, test } from 'vitest';
import { seededRandom } from '../../domain/random.ts';
import { series } from '../../domain/series.ts';
import { epochMs, STEP, STEPS_A_DAY } from '../../domain/units.ts';
import { calibratedByDay } from './calibrated-by-day.ts';
import { BASELINES } from './catalogue.ts';
import { conformal } from './conformal.ts';
import { dsp } from './dsp.ts';
import { holtWinters } from './holt-winters.ts';
import { ridge } from './ridge.ts';
import { OTHER_SAME_TIMES, sameTimeMedian } from './same-time-median.ts';
import { seasonalNaiveWeek } from './seasonal-naive.ts';

/* A golden series: three weeks with weekends, noise and a gap. A figure that moves was moved by someone. */

const random = seededRandom(2026);
const values = Float64Array.from({ length: 21 * STEPS_A_DAY }, (_, index) => {
  const weekend = Math.floor(index / STEPS_A_DAY) % 7 < 2 ? 0.5 : 1;
  return weekend * (3 + Math.sin((2 * Math.PI * index) / STEPS_A_DAY)) + 0.4 * random();
});
const observed = Uint8Array.from(values, (_, index) => (index > 1900 && index < 1910 ? 0 : 1));
const golden = series(epochMs(0), STEP, values, observed);

const models = [
  ...BASELINES,
  ...[seasonalNaiveWeek, sameTimeMedian, ...OTHER_SAME_TIMES, holtWinters, ridge].map(conformal),
  calibratedByDay(dsp),
];

test('the golden series is forecast as ever', () => {
  if (!golden.ok) throw new Error(golden.defect.kind);
  const found = models.map((model) => {
    const [low, middle, high] = model
      .fit(golden.series)
      .predict(STEPS_A_DAY, [0.1, 0.5, 0.9]).values;
    const figures = [middle![0]!, middle![40]!, low![95]!, high![95]!];
    return `${model.name} ${figures.map((value) => value.toFixed(4)).join(' ')}`;
  });
  expect(found).toMatchInlineSnapshot(`
    [
      "seasonal-naive-day 3.1778 3.7664 1.9692 4.3150",
      "naive 3.1938 3.1938 2.0297 4.3336",
      "seasonal-naive-week 1.7555 1.9812 1.5567 1.9914",
      "same-time-median 3.1684 3.6988 1.3425 3.2356",
      "same-time-median-3 3.1684 3.6988 1.4883 4.8491",
      "same-time-mean 2.7729 3.2327 1.1470 3.0185",
      "same-time-mean-3 3.1214 3.6840 1.6443 4.1917",
      "same-time-max 3.3690 3.8808 1.6141 3.4888",
      "same-time-max-3 3.1778 3.7664 1.5758 3.5369",
      "holt-winters 3.1727 3.5437 1.9152 4.3537",
      "ridge 3.1262 2.3701 0.2297 1.9736",
      "dsp 2.1803 1.9813 1.4997 1.8556",
    ]
  `);
});
