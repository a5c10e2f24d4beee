import { expect, test } from 'vitest';
import { kubeUnavailable } from '../domain/errors.ts';
import { silentLog } from '../domain/log.ts';
import { epochMs, minutes, seconds, type DurationMs } from '../domain/units.ts';
import { TEN } from '../test/builders.ts';
import { openEvents, type News } from './events.ts';
import { refusedBy } from './refusals.ts';
import type { Ask } from './request.ts';

const { signal } = new AbortController();
const news = (about: Partial<News> = {}, name = 'cart'): News => ({
  regarding: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name, uid: 'u-1' },
  reason: 'ExistingHPA',
  action: 'LeaveAlone',
  isWarning: true,
  note: 'leaves shop/cart as it is',
  ...about,
});

/** Events against an API server that takes them, or fails as it is told to. */
function world() {
  const asked: Ask[] = [];
  const told: string[] = [];
  const state: { now: number; failure?: unknown } = { now: TEN };
  const events = openEvents({
    kube: {
      async ask(question) {
        asked.push(question);
        if (state.failure !== undefined) throw state.failure;
      },
    },
    log: { ...silentLog, warn: (_, sentence) => told.push(sentence) },
    now: () => epochMs(state.now),
    instance: 'controller-0',
  });
  const after = async (wait: DurationMs, ...all: readonly News[]): Promise<readonly Ask[]> => {
    state.now += wait;
    all.forEach(events.tell);
    asked.length = 0;
    await events.flush(signal);
    return [...asked];
  };
  return { after, state, told };
}
const counts = (asked: readonly Ask[]): readonly unknown[] =>
  asked.map(({ body }) => (body as { series?: { count: number } }).series?.count ?? 1);
const namesOf = (asked: readonly Ask[]) => asked.map(({ path }) => path);

test('an Event is an object of events.k8s.io/v1 beside what it is about', async () => {
  const [first] = await world().after(seconds(0), news());
  expect(first).toMatchObject({
    method: 'PATCH',
    contentType: 'application/apply-patch+yaml',
    query: { fieldManager: 'self-scaling', force: 'true' },
    body: {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      eventTime: '2026-11-24T10:00:00.000000Z',
      metadata: { namespace: 'shop', name: expect.stringMatching(/^cart\.[0-9a-f.]+$/) },
      reportingController: 'self-scaling.io/controller',
      reportingInstance: 'controller-0',
      reason: 'ExistingHPA',
      action: 'LeaveAlone',
      type: 'Warning',
      regarding: { kind: 'Deployment', name: 'cart', uid: 'u-1' },
    },
  });
  expect(first?.path).toMatch(/^\/apis\/events\.k8s\.io\/v1\/namespaces\/shop\/events\/cart\./);
});

test('what repeats is counted in one object, written every ten minutes at most', async () => {
  const { after } = world();
  const first = await after(seconds(0), news());
  expect(await after(minutes(1), news(), news())).toEqual([]);
  const next = await after(minutes(9));
  expect(counts([...first, ...next])).toEqual([1, 3]);
  expect(namesOf(next)).toEqual(namesOf(first));
  expect(await after(minutes(20))).toEqual([]); // nothing is new
});

test('after half an hour of silence a new object begins', async () => {
  const { after } = world();
  const first = await after(seconds(0), news());
  const next = await after(minutes(30), news());
  expect(counts(next)).toEqual([1]);
  expect(namesOf(next)).not.toEqual(namesOf(first));
});

test('another reason, or another thing, is another object', async () => {
  const { after } = world();
  const asked = await after(seconds(0), news(), news({ reason: 'HPACreated' }), news({}, 'pay'));
  expect(new Set(namesOf(asked)).size).toBe(3);
});

test('no more than 25 are written at once; the others wait', async () => {
  const { after } = world();
  const many = Array.from({ length: 60 }, (_, index) => news({}, `c${index}`));
  const sizes = [
    await after(seconds(0), ...many),
    await after(seconds(2)),
    await after(seconds(2)),
  ];
  expect(sizes.map(({ length }) => length)).toEqual([25, 25, 10]);
});

test('an API server that does not take Events disturbs nothing, and is told once', async () => {
  const { after, state, told } = world();
  state.failure = kubeUnavailable('away');
  expect((await after(seconds(0), news(), news({}, 'pay'))).length).toBe(1);
  state.failure = refusedBy({ method: 'PATCH', path: '/x' }, { status: 403, body: undefined });
  await after(minutes(1), news());
  expect(told).toEqual(['Events cannot be written; the ledger and the log go on']);
  delete state.failure;
  expect(counts(await after(minutes(1), news()))).toEqual([1]);
});

test('long names and notes are cut to what the API server takes', async () => {
  const long = news({ note: 'x'.repeat(5000) }, `${'a'.repeat(219)}-${'b'.repeat(33)}`);
  const [first] = await world().after(seconds(0), long);
  const { metadata, note } = first!.body as { metadata: { name: string }; note: string };
  expect([metadata.name.length <= 253, note.length]).toEqual([true, 1024]);
  expect(metadata.name).toMatch(/^a+\.[0-9a-f]+\.[0-9a-f]+$/);
});
