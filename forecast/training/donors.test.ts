import { expect, test } from 'vitest';
import { series, type Series } from '../../domain/series.ts';
import { epochMs, STEP, STEPS_A_DAY } from '../../domain/units.ts';
import { isYoung, openDonors } from './donors.ts';

const daysOf = (days: number, value = 1): Series => {
  const made = series(epochMs(0), STEP, new Float64Array(days * STEPS_A_DAY).fill(value));
  if (!made.ok) throw new Error(made.defect.kind);
  return made.series;
};
const component = (cpu: Series, memory: Series) => ({
  cpu: { ok: true as const, series: cpu },
  memory: { ok: true as const, series: memory },
});

test('series that are a week old are lent to younger ones, each resource its own', () => {
  const donors = openDonors();
  const [cpu, memory] = [daysOf(7), daysOf(8)];
  donors.offer(component(cpu, memory));
  donors.offer(component(daysOf(6), daysOf(6)));
  donors.offer({ cpu: { ok: false }, memory: { ok: false } });
  expect(donors.for('cpu', daysOf(2))).toEqual({ donors: [cpu] });
  expect(donors.for('memory', daysOf(2))).toEqual({ donors: [memory] });
  expect(donors.for('cpu', daysOf(6)).donors).toEqual([cpu]);
  expect(donors.for('cpu', daysOf(7))).toEqual({});
});

test('nobody older: nothing is lent', () => {
  expect(openDonors().for('cpu', daysOf(1))).toEqual({});
  const nobody = openDonors(0);
  nobody.offer(component(daysOf(7), daysOf(7)));
  expect(nobody.for('cpu', daysOf(1))).toEqual({});
});

test('a component is young when one of its series would borrow', () => {
  expect(isYoung(component(daysOf(7), daysOf(6)))).toBe(true);
  expect(isYoung(component(daysOf(7), daysOf(7)))).toBe(false);
  expect(isYoung({ cpu: { ok: false }, memory: { ok: false } })).toBe(false);
});

test('of many a sample is lent', () => {
  const donors = openDonors();
  for (let index = 0; index < 90; index += 1) donors.offer(component(daysOf(7, index), daysOf(7)));
  const lent = donors.for('cpu', daysOf(1)).donors ?? [];
  expect(new Set(lent.map(({ values }) => values[0])).size).toBe(40);
});
