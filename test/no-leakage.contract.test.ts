import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '../domain/random.ts';
import { STEP, STEPS_A_DAY } from '../domain/units.ts';
import { backtestColumns } from '../forecast/backtest/backtest-columns.ts';
import type { Vintage } from '../forecast/backtest/backtest-series.ts';
import type { Column } from '../forecast/backtest/wide-csv.ts';
import { MODELS } from '../forecast/models/catalogue.ts';
import { planOf } from '../main/backtest.ts';

const START = 1_381_363_200_000;
const DAYS = 13;
const ORIGINS = 2;

/** A rhythm with noise and a gap; its level depends on the seed. */
function columnOf(seed: number): Column {
  const random = seededRandom(seed);
  const steps = Array.from({ length: DAYS * STEPS_A_DAY }, (_, step) => step);
  const seen = steps.filter((step) => step % 700 < 690);
  return {
    name: `series ${seed}`,
    starts: Float64Array.from(seen, (step) => START + step * STEP),
    values: Float64Array.from(
      seen,
      (step) => seed + 2 + 2 * Math.sin((2 * Math.PI * step) / STEPS_A_DAY) + random(),
    ),
  };
}

const plan = planOf(
  MODELS.map(({ name }) => name),
  { cutoffs: ORIGINS },
);

/** What would have been issued, with every member and the choice as in production. */
function chosenFor(columns: readonly Column[]): Map<string, readonly Vintage[]> {
  const issued = new Map<string, readonly Vintage[]>();
  backtestColumns(columns, plan, (name, vintages) => issued.set(name, vintages));
  return issued;
}

const column = columnOf(1);
const issued = chosenFor([column]).get(column.name) ?? [];

test('whatever comes after an origin, the chosen forecast is the same', () => {
  const values = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: ORIGINS - 1 }), values, (kept, value) => {
      const origin = issued[kept]!.at;
      const changed = column.values.map((own, index) =>
        column.starts[index]! < origin ? own : value * Math.sin(index),
      );
      const again = chosenFor([{ ...column, values: changed }]).get(column.name) ?? [];
      expect(again.slice(0, kept + 1)).toEqual(issued.slice(0, kept + 1));
    }),
    { numRuns: 6 },
  );
});

test('the order of the series changes no forecast', () => {
  const columns = [column, columnOf(2), columnOf(3)];
  const forwards = chosenFor(columns);
  expect(forwards.get(column.name)).toEqual(issued);
  expect(chosenFor(columns.toReversed())).toEqual(new Map([...forwards].toReversed()));
});
