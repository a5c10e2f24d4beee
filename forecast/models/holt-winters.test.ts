import { expect, test } from 'vitest';
import { seededRandom } from '../../domain/random.ts';
import { series } from '../../domain/series.ts';
import { epochMs, STEP, STEPS_A_DAY } from '../../domain/units.ts';
import { holtWinters } from './holt-winters.ts';

/** A day, with errors of which so much lasts to the next step. */
function historyOf(kept: number, drift: number) {
  const random = seededRandom(31);
  let error = 0;
  const values = Float64Array.from({ length: 12 * STEPS_A_DAY }, (_, step) => {
    error = kept * error + random() - 0.5;
    return 9 + drift * step + 2 * Math.sin((2 * Math.PI * step) / STEPS_A_DAY) + error;
  });
  const made = series(epochMs(0), STEP, values);
  if (!made.ok) throw new Error(made.defect.kind);
  return made.series;
}

test.each([
  [
    'errors that pass',
    0,
    0,
    [9.0291056558, 8.9537475473, 10.8536962244, 8.9069445979, 6.9414373434, 10.9279292825],
  ],
  [
    'errors that last',
    0.97,
    0,
    [8.9999433146, 8.8823522332, 10.3544720001, 8.6593374691, 7.1458817644, 10.6903966012],
  ],
  [
    'a slope',
    0.5,
    0.004,
    [13.5607701991, 13.4033295424, 15.2356104313, 13.4757599725, 10.8930553543, 14.7240653998],
  ],
])('%s: a day ahead, and from a past origin', (_, kept, drift, figures) => {
  const point = holtWinters.over(historyOf(kept, drift), 900);
  const found = [
    ...[0, 1, 20, 95].map((step) => point(1152, step)),
    ...[0, 50].map((step) => point(930, step)),
  ];
  for (const [index, figure] of figures.entries()) expect(found[index]).toBeCloseTo(figure, 9);
  expect(found).toHaveLength(figures.length);
});
