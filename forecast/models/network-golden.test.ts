import { expect, test } from 'vitest';
import { LEVELS } from '../../domain/forecast.ts';
import { seededRandom } from '../../domain/random.ts';
import { series } from '../../domain/series.ts';
import { epochMs, STEP, STEPS_A_DAY } from '../../domain/units.ts';
import { network } from './network.ts';
import { parseWeights } from './network-weights.ts';
import { SHIPPED_WEIGHTS } from './shipped-weights.ts';

/* Weights are of use with their own features only: what the shipped ones say of a golden series must never move. */

const random = seededRandom(2026);
/** Weekends, noise, and gaps of which one crosses the same time of several days. */
const values = Float64Array.from({ length: 21 * STEPS_A_DAY }, (_, index) => {
  const weekend = Math.floor(index / STEPS_A_DAY) % 7 < 2 ? 0.5 : 1;
  return weekend * (3 + Math.sin((2 * Math.PI * index) / STEPS_A_DAY)) + 0.4 * random();
});
const observed = Uint8Array.from(values, (_, index) =>
  (index > 1900 && index < 1910) || (index > 1600 && index % STEPS_A_DAY === 40) ? 0 : 1,
);
const model = network(parseWeights(SHIPPED_WEIGHTS));

test.each([
  [
    'three weeks',
    0,
    [
      1.9963354386, 0.8078067365, 1.6240085118, 1.1830537492, 0.7693231376, 2.4455772102,
      1.9386717834, 2.4198760593, 2.0145158419, 1.6841487704, 3.1801699446, 2.7062435124,
      3.4016097708, 2.9057368794, 2.5014732829,
    ],
  ],
  [
    'three days',
    18,
    [
      3.0538903906, 3.6384216598, 3.0865131989, 2.9449409937, 2.6561292612, 3.1537175459,
      3.8550195473, 3.2207543652, 3.1937573024, 2.8593589661, 3.3895445024, 4.6748905917,
      5.3757438188, 4.4525924637, 4.68840495,
    ],
  ],
  [
    'a morning',
    20.7,
    [
      2.3414762055, 1.7303740986, 1.7289344582, 2.3405703411, 1.6590578425, 2.8045192298,
      2.6367213098, 2.635380149, 3.1511291409, 2.5986328536, 4.1636848922, 19.2846832901,
      19.4066354897, 9.6756714414, 24.5840634946,
    ],
  ],
])('%s', (_, days, figures) => {
  const from = Math.round(days * STEPS_A_DAY);
  const made = series(epochMs(from * STEP), STEP, values.subarray(from), observed.subarray(from));
  if (!made.ok) throw new Error(made.defect.kind);
  const forecast = model.fit(made.series).predict(2 * STEPS_A_DAY, LEVELS).values;
  const found = [0, 4, 10].flatMap((level) =>
    [0, 39, 40, 95, 150].map((step) => forecast[level]![step]!),
  );
  for (const [index, figure] of figures.entries()) expect(found[index]).toBeCloseTo(figure, 9);
  expect(found).toHaveLength(figures.length);
});
