import { describe, expect, test } from 'vitest';
import { factsName } from '../domain/facts.ts';
import { storeUnavailable } from '../domain/errors.ts';
import { silentLog, type Log } from '../domain/log.ts';
import { packIssue, type PackedIssue } from '../domain/packed-forecast.ts';
import type { Json, SettingEntry } from '../domain/settings.ts';
import { days, epochMs, hours, minutes, STEP, type EpochMs, type Window } from '../domain/units.ts';
import { aForecast, cart, TEN } from '../test/builders.ts';
import { toJson } from './facts.ts';
import { keepSnapshots } from './refresh.ts';

const { signal } = new AbortController();
const options = { holdTime: hours(6), level: 0.5, leadTime: minutes(5) };
const after = (time: number): EpochMs => epochMs(TEN + time);

const issued = (about: Partial<PackedIssue> = {}, value = 1): PackedIssue => ({
  ...packIssue({
    key: cart,
    resource: 'cpu',
    issued: { forecast: aForecast(value), issuedAt: TEN, model: 'naive', run: 'train-1' },
  }),
  ...about,
});
const setting = (name: string, value: Json): SettingEntry => ({
  name,
  value,
  changedBy: 'self-scaling',
  at: TEN,
});

function fakeReader(...issues: PackedIssue[]) {
  const reader = {
    issues,
    entries: [] as SettingEntry[],
    away: false,
    windows: [] as Window[],
    async readFuture(window: Window) {
      if (reader.away) throw storeUnavailable('the store is away');
      reader.windows.push(window);
      const inside = reader.issues.filter(
        ({ issuedAt }) => issuedAt >= window.from && issuedAt < window.to,
      );
      return [
        ...Map.groupBy(inside, ({ key, resource }) => `${key.component}/${resource}`),
      ].flatMap(([, some]) => some.toSorted((a, b) => b.issuedAt - a.issuedAt).slice(0, 1));
    },
    all: async () => reader.entries,
  };
  return reader;
}
const keeping = (reader: ReturnType<typeof fakeReader>, log: Log = silentLog) => {
  const kept = keepSnapshots(reader, options, log);
  return {
    ...kept,
    read: (now: EpochMs) => kept.current()?.read({ key: cart, resource: 'cpu' }, now),
    issuedAt: () => kept.current()?.issue(cart, 'cpu')?.issuedAt,
  };
};

describe('reading the store', () => {
  test('what is read again is kept as it was; what was written anew is taken', async () => {
    const [first, again, other] = [issued(), issued(), issued({}, 3)];
    const reader = fakeReader(first);
    const kept = keeping(reader);
    const heldAfter = async (...issues: PackedIssue[]) => {
      reader.issues = issues;
      await kept.refresh(after(minutes(1)), signal);
      return kept.current()?.issue(cart, 'cpu');
    };
    expect(await heldAfter(first)).toBe(first);
    expect(await heldAfter(again)).toBe(first);
    expect(await heldAfter(other)).toBe(other);
  });

  test('two at once stand on each other: the longer one does not undo the shorter', async () => {
    const ours = issued();
    const of = (component: string) => ({ ...ours, key: { ...cart, component } });
    const reader = fakeReader(ours);
    const kept = keeping(reader);
    await kept.refresh(after(minutes(1)), signal);
    reader.issues = Array.from({ length: 1200 }, (_, index) => of(`part-${index}`));
    const longer = kept.refresh(after(minutes(2)), signal);
    reader.issues = [of('theirs')];
    // By then it is at its second pass, over the table.
    for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
    await Promise.all([longer, kept.refresh(after(minutes(2)), signal)]);
    const held = ['cart', 'part-1199', 'theirs'].map((component) =>
      kept.current()?.issue({ ...cart, component }, 'cpu'),
    );
    expect(held.every((issue) => issue !== undefined)).toBe(true);
  });

  test('begins with all that may be held, goes on with what is new, and looks at all once an hour', async () => {
    const reader = fakeReader(issued());
    const kept = keeping(reader);
    for (const at of [1, 2, 60, 61]) await kept.refresh(after(minutes(at)), signal);
    const all = (at: number): Window => ({
      from: after(minutes(at) - hours(6) - days(1)),
      to: after(minutes(at) + STEP),
    });
    const fresh = (at: number): Window => ({
      from: after(-1 * minutes(2)),
      to: after(minutes(at) + STEP),
    });
    expect(reader.windows).toEqual([all(1), fresh(2), fresh(60), all(61)]);
  });

  test('looks at all as long as it has found nothing', async () => {
    const reader = fakeReader();
    const kept = keeping(reader);
    for (const at of [1, 2]) await kept.refresh(after(minutes(at)), signal);
    expect(reader.windows.map(({ from, to }) => to - from)).toEqual([
      hours(30) + STEP,
      hours(30) + STEP,
    ]);
  });

  test('a later issue takes the place of an earlier one', async () => {
    const reader = fakeReader(issued());
    const kept = keeping(reader);
    await kept.refresh(after(1), signal);
    reader.issues.push(issued({ issuedAt: after(minutes(15)), start: after(STEP) }, 2));
    await kept.refresh(after(minutes(16)), signal);
    expect(kept.read(after(minutes(16)))).toMatchObject({ value: expect.closeTo(2, 3) });
  });

  test('what is forgotten in the store is dropped by the hourly read', async () => {
    const reader = fakeReader(issued());
    const kept = keeping(reader);
    await kept.refresh(after(1), signal);
    reader.issues.length = 0;
    await kept.refresh(after(minutes(30)), signal);
    expect(kept.read(after(minutes(30)))?.kind).toBe('predicted');
    await kept.refresh(after(minutes(62)), signal);
    expect(kept.read(after(minutes(62)))?.kind).toBe('unknown');
  });
});

describe('a store that is gone', () => {
  test('before the first read leaves nothing, and that is not "unknown"', async () => {
    const reader = fakeReader(issued());
    reader.away = true;
    const kept = keeping(reader);
    await expect(kept.refresh(TEN, signal)).rejects.toThrow('the store is away');
    expect(kept.current()).toBeUndefined();
    expect(kept.age(TEN)).toBeUndefined();
  });

  test('is not noticed for the hold time, and then the forecast is stale', async () => {
    const reader = fakeReader(issued());
    const kept = keeping(reader);
    await kept.refresh(TEN, signal);
    reader.away = true;
    for (const hour of [1, 3, 6]) {
      await kept.refresh(after(hours(hour)), signal).catch(() => undefined);
      expect(kept.read(after(hours(hour)))?.kind).toBe('predicted');
    }
    expect(kept.read(after(hours(6) + 1))?.kind).toBe('stale');
    expect(kept.age(after(hours(6)))).toBe(hours(6));
  });
});

describe('misshapen documents', () => {
  test.each([
    ['too few values', { values: new Uint16Array(7) }],
    ['no values', { values: new Uint16Array(0) }],
    ['a scale that is no number', { scales: new Float32Array(11).fill(Number.NaN) }],
    ['a negative scale', { scales: new Float32Array(11).fill(-1) }],
    ['a level missing', { scales: new Float32Array(10) }],
    [
      'levels out of order',
      { levels: [0.9, ...issued().levels.slice(1)] as [number, ...number[]] },
    ],
    ['no start', { start: epochMs(Number.NaN) }],
  ])('%s: the one before stays in force, also through a full read', async (_, about) => {
    const warned: object[] = [];
    const reader = fakeReader(issued());
    const kept = keeping(reader, { ...silentLog, warn: (members) => void warned.push(members) });
    await kept.refresh(after(1), signal);
    reader.issues.push(issued({ issuedAt: after(minutes(15)), ...about }));
    await kept.refresh(after(minutes(16)), signal);
    await kept.refresh(after(hours(2)), signal);
    expect(kept.issuedAt()).toBe(TEN);
    expect(kept.read(after(hours(2)))?.kind).toBe('predicted');
    expect(warned).toEqual([{ refused: 1 }, { refused: 1 }]);
  });
});

describe('clocks', () => {
  test('one hour backwards is stale; a forecast issued afterwards is fresh at once', async () => {
    const reader = fakeReader(issued({ issuedAt: after(-3 * hours(1)) }));
    const kept = keeping(reader);
    await kept.refresh(TEN, signal);
    const back = after(-1 * hours(1));
    expect(kept.read(back)?.kind).toBe('stale');
    await kept.refresh(back, signal);
    expect(kept.read(back)).toMatchObject({ kind: 'stale', age: hours(3) });
    reader.issues.push(issued({ issuedAt: back, start: epochMs(back - STEP) }));
    await kept.refresh(epochMs(back + minutes(1)), signal);
    expect(kept.read(epochMs(back + minutes(1)))?.kind).toBe('predicted');
  });

  test('one hour backwards does not make an older forecast young that the store still has', async () => {
    const old = issued({ issuedAt: after(-6.5 * hours(1)), start: after(-7 * hours(1)) });
    const reader = fakeReader(old, issued());
    const kept = keeping(reader);
    await kept.refresh(TEN, signal);
    const back = after(-1 * hours(1));
    await kept.refresh(back, signal);
    expect(kept.issuedAt()).toBe(old.issuedAt);
    expect(kept.read(back)).toMatchObject({ kind: 'stale', age: 6.5 * hours(1) });
  });

  test('seven hours forwards is stale, and so is a forecast issued under such a clock when it is back', async () => {
    const reader = fakeReader(issued());
    const kept = keeping(reader);
    await kept.refresh(TEN, signal);
    expect(kept.read(after(hours(7)))?.kind).toBe('stale');
    reader.issues.push(issued({ issuedAt: after(hours(7)), start: after(hours(7)) }));
    await kept.refresh(after(hours(7)), signal);
    await kept.refresh(after(minutes(2)), signal);
    expect(kept.read(after(minutes(2)))?.kind).toBe('stale');
    reader.issues.push(issued({ issuedAt: after(minutes(15)) }));
    await kept.refresh(after(minutes(16)), signal);
    expect(kept.read(after(minutes(16)))?.kind).toBe('predicted');
  });
});

describe('facts', () => {
  const facts = {
    key: cart,
    kind: 'StatefulSet',
    otherKinds: ['Deployment'],
    level: 0.8,
    leadTime: minutes(7),
    capacity: { cpu: 0.375 },
  };

  test('are read from the settings as they were written', async () => {
    const reader = fakeReader(issued());
    reader.entries.push(setting(factsName(cart), toJson(facts)));
    const kept = keeping(reader);
    await kept.refresh(after(1), signal);
    expect(kept.current()?.facts(cart)).toEqual(facts);
    expect(kept.read(after(1))).toMatchObject({ level: 0.8, leadTime: minutes(7) });
  });

  test.each([
    ['another setting', setting('managed/shop/cart', toJson(facts))],
    ['null', setting(factsName(cart), null)],
    ['a list', setting(factsName(cart), [])],
    ['those of another component', setting(factsName({ ...cart, namespace: 'x' }), toJson(facts))],
    ['a level above 1', setting(factsName(cart), toJson({ ...facts, level: 2 }))],
    [
      'a lead time of nothing',
      setting(factsName(cart), toJson({ ...facts, leadTime: minutes(0) })),
    ],
  ])('are left out when they are %s', async (_, entry) => {
    const reader = fakeReader();
    reader.entries.push(entry);
    const kept = keeping(reader);
    await kept.refresh(after(1), signal);
    expect(kept.current()?.facts(cart)).toBeUndefined();
  });
});
