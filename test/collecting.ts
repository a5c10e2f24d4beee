import { expect } from 'vitest';
import { collector } from '../collector/collect.ts';
import type { UsageBucket } from '../domain/bucket.ts';
import { idOf, type ComponentKey } from '../domain/component.ts';
import { storeUnavailable } from '../domain/errors.ts';
import { silentLog, type Log } from '../domain/log.ts';
import type { ComponentPods } from '../domain/pod-usage.ts';
import { bytes, cores, epochMs, minutes, type EpochMs, type Window } from '../domain/units.ts';
import { cart, TEN } from './builders.ts';

const { signal } = new AbortController();
export const after = (count: number): EpochMs => epochMs(TEN + minutes(count));

export const using = (cpu: number, key: ComponentKey = cart): ComponentPods => ({
  key,
  replicasWanted: 1,
  replicasReady: 1,
  pods: [{ name: 'one', usage: { cpu: cores(cpu), memory: bytes(1024) } }],
});

/** Keeps the store's promise on history; `away` and `full` are switched by a test. */
export function fakeStore(...given: readonly UsageBucket[]) {
  const rows = new Map<string, UsageBucket>();
  const rowOf = ({ key, start }: UsageBucket): string => `${idOf(key)}@${start}`;
  for (const bucket of given) rows.set(rowOf(bucket), bucket);
  const store = {
    away: false,
    full: false,
    reads: 0,
    all: () => [...rows.values()].toSorted((a, b) => a.start - b.start),
    async appendHistory(buckets: readonly UsageBucket[]) {
      if (store.full) throw storeUnavailable('neither the store nor the spill takes more');
      for (const bucket of buckets) {
        const before = rows.get(rowOf(bucket))?.sampleCount ?? 0;
        expect(bucket.sampleCount, 'a bucket never loses samples').toBeGreaterThanOrEqual(before);
        rows.set(rowOf(bucket), bucket);
      }
    },
    async readBuckets({ from, to }: Window) {
      store.reads += 1;
      if (store.away) throw storeUnavailable('the store is away');
      return [...rows.values()].filter(({ start }) => start >= from && start < to);
    },
  };
  return store;
}
type FakeStore = ReturnType<typeof fakeStore>;

/** A source whose answer is a function of the minute; `undefined` is a failure. */
export const sourceOf = (answer: (minute: number) => readonly ComponentPods[] | undefined) => {
  const asked: number[] = [];
  return {
    asked,
    async readUsage(at: EpochMs) {
      const minute = (at - TEN) / minutes(1);
      asked.push(minute);
      const pods = answer(minute);
      if (pods === undefined) throw new Error('metrics-server is away');
      return pods;
    },
  };
};

export const collecting = (
  store: FakeStore,
  source = sourceOf((m) => [using(m)]),
  log: Log = silentLog,
  lost: (points: number) => void = () => {},
) => collector({ source, sink: store, resume: store, lost }, log);

/** Runs rounds at these minutes; failures are what the loop would report. */
export async function rounds(
  one: ReturnType<typeof collector>,
  at: Iterable<number>,
): Promise<readonly unknown[]> {
  const failures: unknown[] = [];
  for (const minute of at) {
    await one.round(after(minute), signal).catch((failure: unknown) => failures.push(failure));
  }
  return failures;
}
export const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);
export const counts = (store: FakeStore): number[] =>
  store.all().map(({ sampleCount }) => sampleCount);
