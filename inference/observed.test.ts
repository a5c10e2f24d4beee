import { expect, test } from 'vitest';
import type { UsageBucket } from '../domain/bucket.ts';
import { storeUnavailable } from '../domain/errors.ts';
import { silentLog } from '../domain/log.ts';
import {
  bytes,
  cores,
  days,
  epochMs,
  hours,
  STEP,
  type EpochMs,
  type Window,
} from '../domain/units.ts';
import { aBucket, cart, TEN } from '../test/builders.ts';
import { observedUsage } from './observed.ts';

const { signal } = new AbortController();
const after = (time: number): EpochMs => epochMs(TEN + time);

function fakeHistory(...buckets: UsageBucket[]) {
  const history = {
    away: false,
    reads: 0,
    async readBuckets({ from, to }: Window) {
      history.reads += 1;
      if (history.away) throw storeUnavailable('the store is away');
      return buckets.filter(({ start }) => start >= from && start < to);
    },
  };
  return history;
}
/** The last `count` buckets before TEN: two pods that use 0.01 cores more each step. */
const rising = (count: number, about: Partial<UsageBucket> = {}): UsageBucket[] =>
  Array.from({ length: count }, (_, index) =>
    aBucket({
      start: epochMs(TEN - (count - index) * STEP),
      cpu: cores((index + 1) * 0.02),
      memory: bytes(2 * 12_345_678),
      replicasReady: 2,
      ...about,
    }),
  );

test('what a pod used at the busiest decile, to two digits', async () => {
  const observed = observedUsage(fakeHistory(...rising(100)), silentLog);
  await observed.renew([cart], TEN, signal);
  expect(observed.of(cart)).toEqual({ cpu: 0.9, memory: 12_000_000 });
});

test.each([
  ['less than a day', rising(95)],
  ['no pod ready', rising(100, { replicasReady: 0 })],
  ['another component', rising(100, { key: { namespace: 'shop', component: 'other' } })],
  [
    'more than a fortnight ago',
    rising(100).map((one) => ({ ...one, start: epochMs(one.start - days(15)) })),
  ],
])('%s is not enough to say anything', async (_, buckets) => {
  const observed = observedUsage(fakeHistory(...buckets), silentLog);
  await observed.renew([cart], TEN, signal);
  expect(observed.of(cart)).toEqual({});
});

test('is read once a day, and once an hour while nothing was found', async () => {
  const history = fakeHistory(...rising(100));
  const observed = observedUsage(history, silentLog);
  for (const hour of [0, 1, 23]) await observed.renew([cart], after(hours(hour)), signal);
  expect(history.reads).toBe(14);
  await observed.renew([cart], after(hours(24)), signal);
  expect(history.reads).toBe(28);
  const nobody = { namespace: 'shop', component: 'nobody' };
  for (const minute of [0, 0.5, 1]) await observed.renew([nobody], after(hours(minute)), signal);
  expect(history.reads).toBe(28 + 28);
});

test('nobody who needs it, nothing read', async () => {
  const history = fakeHistory();
  await observedUsage(history, silentLog).renew([], TEN, signal);
  expect(history.reads).toBe(0);
});

test('a store that is away leaves what was known', async () => {
  const history = fakeHistory(...rising(100));
  const observed = observedUsage(history, silentLog);
  await observed.renew([cart], TEN, signal);
  history.away = true;
  await observed.renew([cart], after(days(2)), signal);
  expect(observed.of(cart)).toMatchObject({ cpu: 0.9 });
});
