import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ComponentFacts } from '../domain/facts.ts';
import { LEVELS } from '../domain/forecast.ts';
import { packIssue } from '../domain/packed-forecast.ts';
import type { Question } from '../domain/snapshot.ts';
import type { ForecastUse } from '../domain/use.ts';
import { epochMs, hours, minutes, STEP, type EpochMs } from '../domain/units.ts';
import { aForecast, anIssue, cart, TEN } from '../test/builders.ts';
import { issueId, snapshot, type HeldIssue } from './snapshot.ts';

const rules = { holdTime: hours(6), level: 0.5, leadTime: minutes(5) };
const after = (time: number): EpochMs => epochMs(TEN + time);
const cpu: Question = { key: cart, resource: 'cpu' };

/** Step n has the value n + 1 at the median. */
const rising = aForecast(1, {
  values: LEVELS.map((level) =>
    Float64Array.from({ length: 192 }, (_, n) => (n + 1) * (level + 0.5)),
  ),
});
const held = (forecast = rising, seenAt = TEN, issuedAt = TEN): HeldIssue => ({
  issue: packIssue(anIssue({ issued: { forecast, issuedAt, model: 'naive', run: 'train-1' } })),
  seenAt,
});
const of = (one: HeldIssue, facts: ComponentFacts[] = [], use: Omit<ForecastUse, 'key'> = {}) =>
  snapshot(
    TEN,
    new Map([[issueId(cart, 'cpu'), one]]),
    new Map(facts.map((some) => ['shop/cart', some])),
    rules,
    new Map([['shop/cart', { key: cart, ...use }]]),
  );
const facts: ComponentFacts = {
  key: cart,
  kind: 'Deployment',
  otherKinds: [],
  level: 0.9,
  leadTime: minutes(15),
  capacity: {},
};

describe('a fresh forecast', () => {
  test('is read along its own time axis, as the maximum over the lead time', () => {
    expect(of(held()).read(cpu, after(minutes(65)))).toEqual({
      kind: 'predicted',
      value: expect.closeTo(5, 1),
      issuedAt: TEN,
      model: 'naive',
      level: 0.5,
      leadTime: minutes(5),
    });
    expect(of(held()).read(cpu, after(minutes(70)))).toMatchObject({ value: expect.closeTo(6, 1) });
  });

  test.each([
    ['the question, if it names them', { level: 0.95, leadTime: minutes(20) }, [facts], 0.95, 20],
    ['what was told of the component', {}, [facts], 0.9, 15],
    ['what holds for all', {}, [], 0.5, 5],
  ])('has its level and lead time from %s', (_, about, told, level, lead) => {
    expect(of(held(), told).read({ ...cpu, ...about }, TEN)).toMatchObject({
      level,
      leadTime: minutes(lead),
      value: expect.closeTo((1 + Math.floor(lead / 15)) * (level + 0.5), 1),
    });
  });
});

describe('what is not known is never a number', () => {
  test.each([
    ['no forecast yet', { ...cpu, resource: 'memory' as const }, TEN, 'unknown'],
    ['exactly at the hold time', cpu, after(hours(6)), 'predicted'],
    ['a moment beyond the hold time', cpu, after(hours(6) + 1), 'stale'],
    ['issued 5 minutes ahead of this clock', cpu, after(-1 * minutes(5)), 'stale'],
    ['issued more than 5 minutes ahead', cpu, after(-1 * minutes(5) - 1), 'stale'],
    ['a level that was not issued', { ...cpu, level: 0.995 }, TEN, 'stale'],
    ['a lead time beyond the horizon', { ...cpu, leadTime: hours(48) }, TEN, 'stale'],
    ['a lead time up to the horizon', { ...cpu, leadTime: hours(47.9) }, TEN, 'predicted'],
  ])('%s', (_, question, now, kind) => {
    expect(of(held()).read(question, now).kind).toBe(kind);
  });

  test('a clock a little behind the issuer is tolerated once the forecast has begun', () => {
    const early = held(rising, TEN, epochMs(TEN + minutes(4)));
    expect(of(early).read(cpu, TEN).kind).toBe('predicted');
    const late = held(rising, TEN, epochMs(TEN + minutes(6)));
    expect(of(late).read(cpu, TEN)).toMatchObject({ kind: 'stale', age: 0 });
  });
});

const instant = fc.integer({ min: -10 * hours(1), max: hours(60) }).map((time) => after(time));

test('a reading is never older than its limit', () => {
  fc.assert(
    fc.property(instant, instant, (now, seenAt) => {
      const { kind } = of(held(rising, seenAt)).read(cpu, now);
      const age = Math.max(now, seenAt) - TEN;
      expect(kind === 'predicted' && age > hours(6)).toBe(false);
    }),
  );
});

test('a clock that jumps backwards makes a reading stale, never younger', () => {
  fc.assert(
    fc.property(instant, fc.integer({ min: minutes(5) + 1, max: hours(20) }), (seenAt, jump) => {
      const before = of(held(rising, seenAt)).read(cpu, seenAt);
      const reading = of(held(rising, seenAt)).read(cpu, epochMs(seenAt - jump));
      const ageBefore = before.kind === 'stale' ? before.age : Math.max(0, seenAt - TEN);
      expect(reading).toEqual({ kind: 'stale', issuedAt: TEN, age: ageBefore });
    }),
  );
});

test('a higher level never serves less, but for one unit of packing', () => {
  const level = fc.double({ min: 0.1, max: 0.99, noNaN: true });
  const row = fc.array(fc.nat({ max: 1000 }), { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(
      row,
      fc.array(row, { minLength: 11, maxLength: 11 }),
      level,
      level,
      (base, more, a, b) => {
        const sum = base.slice();
        const values = more.map((add) => {
          add.forEach((value, step) => (sum[step] = (sum[step] ?? 0) + value));
          return Float64Array.from(sum);
        });
        const shot = of(held(aForecast(1, { values })));
        const read = (at: number): number => {
          const reading = shot.read({ ...cpu, level: at, leadTime: STEP }, TEN);
          return reading.kind === 'predicted' ? reading.value : Number.NaN;
        };
        const [low, high] = [read(Math.min(a, b)), read(Math.max(a, b))];
        const unit = Math.max(...sum) / 65_535;
        expect(high).toBeGreaterThanOrEqual(low - unit * 1.001);
      },
    ),
  );
});

describe('what a controller has decided of it', () => {
  const failing = {
    since: epochMs(TEN - hours(3)),
    skill: -0.25,
    scored: 200,
    by: 'record',
  } as const;

  test('a forecast that does worse than the naive rule is failing, and the other resource is not', () => {
    expect(of(held(), [], { cpu: { failing } }).read(cpu, TEN)).toEqual({
      kind: 'failing',
      issuedAt: TEN,
      model: 'naive',
      since: failing.since,
      skill: -0.25,
    });
    expect(of(held(), [], { memory: { failing } }).read(cpu, TEN).kind).toBe('predicted');
  });

  test('one that is stale as well is stale', () => {
    expect(of(held(), [], { cpu: { failing } }).read(cpu, after(hours(7))).kind).toBe('stale');
  });

  test.each([
    ['in the place of the one it was corrected for', 0.9, 0.9, 0.8, 1.3],
    ['not in the place of another', 0.5, 0.9, 0.8, 1],
    ['beyond the highest issued level too', 0.99, 0.99, 0.999, 1.499],
  ])('a corrected level is read %s', (_, level, target, corrected, value) => {
    const adapted = { target, level: corrected, seen: TEN };
    const read = of(held(), [], { cpu: { adapted } }).read({ ...cpu, level }, TEN);
    expect(read).toMatchObject({ kind: 'predicted', level, value: expect.closeTo(value, 2) });
  });
});
