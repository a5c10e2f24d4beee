import { expect, test } from 'vitest';
import { refusal } from '../domain/errors.ts';
import { silentLog } from '../domain/log.ts';
import { minutes, seconds } from '../domain/units.ts';
import { TEN } from '../test/builders.ts';
import { fakeClock } from '../test/fake-clock.ts';
import { textAt } from './json.ts';
import type { Ask } from './request.ts';
import type { Watchable } from './watch.ts';
import { watchObjects } from './watched.ts';

const object = (name: string, version: number, about: object = {}) => ({
  metadata: { name, namespace: 'shop', resourceVersion: String(version) },
  ...about,
});
const listOf = (version: number, ...items: object[]) => ({
  metadata: { resourceVersion: String(version) },
  items,
});
const event = (type: string, name: string, version: number) => ({
  type,
  object: object(name, version),
});
const bookmark = (version: number) => event('BOOKMARK', '', version);
const ERROR_410 = { type: 'ERROR', object: { kind: 'Status', code: 410, message: 'too old' } };
const reset = () => refusal('KUBE_UNAVAILABLE', 'ECONNRESET');
const http = (status: number) => refusal('KUBE_UNAVAILABLE', 'no', { details: { status } });

/** A line of a stream: a value, or an error that breaks it, or a step of the story. */
type Line = object | Error | (() => void);
type Answer = { list: object | Error } | { stream: readonly Line[] | Error };

/**
 * An API server that gives `script` in order, list or stream as the script has it, then stands still.
 * Asked for the other of the two, it fails the test by never answering.
 */
function scripted(script: readonly Answer[], what: Partial<Watchable<string>> = {}) {
  const clock = fakeClock(TEN);
  const asked: string[] = [];
  const rest = [...script];
  const over = Promise.withResolvers<void>();
  const never = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => {
      over.resolve();
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  async function* lines(stream: readonly Line[]) {
    for (const line of stream) {
      if (line instanceof Error) throw line;
      if (typeof line === 'function') line();
      else yield line;
    }
    if (stream.length > 0) await clock.sleep(minutes(5), new AbortController().signal);
  }
  const kube = {
    server: 'test',
    async ask({ query }: Ask, signal: AbortSignal) {
      asked.push(query?.['continue'] === undefined ? 'list' : `list ${query['continue']}`);
      const next = rest[0];
      if (next === undefined || !('list' in next)) return await never(signal);
      rest.shift();
      if (next.list instanceof Error) throw next.list;
      return next.list;
    },
    async follow({ query }: Ask, _silence: number, signal: AbortSignal) {
      asked.push(`watch ${query?.['resourceVersion']}`);
      const next = rest[0];
      if (next === undefined || !('stream' in next)) return await never(signal);
      rest.shift();
      if (next.stream instanceof Error) throw next.stream;
      return lines(next.stream);
    },
  };
  const watched = watchObjects(
    { kube, clock, random: () => 0.5, log: silentLog },
    {
      path: '/api/v1/pods',
      parse: (one) => textAt(one, 'metadata', 'name'),
      ...what,
    },
  );
  return { watched, clock, asked, played: over.promise };
}

test('objects appear, change and vanish as they do in the cluster, and each change is told', async () => {
  const { watched, asked, played } = scripted([
    { list: listOf(10, object('a', 1), object('b', 2)) },
    { stream: [event('ADDED', 'c', 11), event('DELETED', 'a', 12), event('MODIFIED', 'b', 13)] },
  ]);
  let changes = 0;
  watched.onChange(() => (changes += 1));

  await played;

  expect(watched.items()).toEqual(['b', 'c']);
  expect(changes).toBe(4);
  expect(asked).toEqual(['list', 'watch 10', 'watch 13']);
  await watched[Symbol.asyncDispose]();
});

test('a stream that ends goes on after the last bookmark, without a new list', async () => {
  const { watched, asked, played } = scripted([
    { list: listOf(10) },
    { stream: [bookmark(50)] },
    { stream: [event('ADDED', 'a', 51)] },
  ]);

  await played;

  expect(asked).toEqual(['list', 'watch 10', 'watch 50', 'watch 51']);
  expect(watched.items()).toEqual(['a']);
  await watched[Symbol.asyncDispose]();
});

test('a version that expired (410 to the watch) means a new list, which tells what vanished in the gap', async () => {
  const { watched, asked, played } = scripted([
    { list: listOf(10, object('a', 1), object('b', 2)) },
    { stream: http(410) },
    { list: listOf(90, object('b', 2), object('c', 80)) },
  ]);

  await played;

  expect(asked).toEqual(['list', 'watch 10', 'list', 'watch 90']);
  expect(watched.items()).toEqual(['b', 'c']);
  await watched[Symbol.asyncDispose]();
});

test('expiry in mid-stream (an ERROR event with 410) means a new list', async () => {
  const { watched, asked, played } = scripted([
    { list: listOf(10, object('a', 1)) },
    { stream: [event('ADDED', 'b', 11), ERROR_410] },
    { list: listOf(90, object('b', 11)) },
  ]);

  await played;

  expect(asked).toEqual(['list', 'watch 10', 'list', 'watch 90']);
  expect(watched.items()).toEqual(['b']);
  await watched[Symbol.asyncDispose]();
});

test('a connection that is reset is continued where it broke', async () => {
  const { watched, asked, played } = scripted([
    { list: listOf(10) },
    { stream: [event('ADDED', 'a', 11), reset()] },
    { stream: [event('ADDED', 'b', 12)] },
  ]);

  await played;

  expect(asked).toEqual(['list', 'watch 10', 'watch 11', 'watch 12']);
  expect(watched.items()).toEqual(['a', 'b']);
  await watched[Symbol.asyncDispose]();
});

test.each([
  ['an ERROR event that is no expiry', { type: 'ERROR', object: { code: 500, message: 'etcd' } }],
  ['a line that is not JSON', [] as object],
  ['an event of an unknown type', event('TELEPORTED', 'a', 12)],
])('%s breaks the stream rather than being skipped', async (_, line) => {
  const { watched, asked, played } = scripted([
    { list: listOf(10) },
    { stream: [event('ADDED', 'a', 11), line, event('ADDED', 'lost', 13)] },
    { stream: [event('ADDED', 'b', 12)] },
  ]);

  await played;

  expect(asked).toEqual(['list', 'watch 10', 'watch 11', 'watch 12']);
  expect(watched.items()).toEqual(['a', 'b']);
  await watched[Symbol.asyncDispose]();
});

test('an API server that is away is asked again with growing pauses up to 30 s, and what was seen is held', async () => {
  const away = { stream: reset() };
  const { watched, clock, asked, played } = scripted([
    { list: listOf(10, object('a', 1)) },
    away,
    away,
    ...Array.from({ length: 5 }, () => ({ list: reset() })),
  ]);

  await played;

  expect(clock.sleeps.map((pause) => pause / seconds(1))).toEqual([0.5, 1, 2, 4, 8, 15, 15]);
  expect(asked.slice(0, 5)).toEqual(['list', 'watch 10', 'watch 10', 'list', 'list']);
  expect(watched.items()).toEqual(['a']);
  await watched[Symbol.asyncDispose]();
});

test('a server that ends every stream at once is not asked in a circle', async () => {
  const endsAtOnce = { stream: [] };
  const { watched, clock, played } = scripted([
    { list: listOf(10) },
    endsAtOnce,
    endsAtOnce,
    { list: listOf(10) },
    endsAtOnce,
  ]);

  await played;

  expect(clock.sleeps.map((pause) => pause / seconds(1))).toEqual([0.5, 1, 2]);
  await watched[Symbol.asyncDispose]();
});

test('before the first list nothing is known, and the refusal says why', async () => {
  const { watched, played } = scripted([{ list: http(403) }]);

  await played;

  expect(() => watched.items()).toThrow('/api/v1/pods has not been listed yet: no');
  expect(watched.healthy()).toBe(false);
  await watched[Symbol.asyncDispose]();
  await expect(watched.ready).rejects.toThrow('ended');
});

test('a kind that is not installed has no objects, and is asked for again each minute', async () => {
  const { watched, clock, played } = scripted(
    [{ list: http(404) }, { list: http(404) }, { list: listOf(5, object('r', 1)) }],
    { emptyOn: [404] },
  );

  await watched.ready;
  expect(watched.items()).toEqual([]);
  await played;

  expect(clock.sleeps).toEqual([minutes(1), minutes(1)]);
  expect(watched.items()).toEqual(['r']);
  await watched[Symbol.asyncDispose]();
});

test.each([
  [5, ['r']],
  [6, []],
])(
  'what was listed is not gone because an API server that starts does not know the kind: %i minutes of 404',
  async (answers, items) => {
    const { watched, played } = scripted(
      [
        { list: listOf(5, object('r', 1)) },
        ...Array.from({ length: 2 }, () => ({ stream: reset() })),
        ...Array.from({ length: answers }, () => ({ list: http(404) })),
      ],
      { emptyOn: [404] },
    );

    await played;

    expect(watched.items()).toEqual(items);
    expect(watched.healthy()).toBe(true);
    await watched[Symbol.asyncDispose]();
  },
);

test('where a list is to be read again each minute, the end of the stream is followed by one', async () => {
  const { watched, asked, played } = scripted(
    [{ list: listOf(10) }, { stream: [bookmark(11)] }, { list: listOf(20) }],
    { relistEvery: minutes(1) },
  );

  await played;

  expect(asked).toEqual(['list', 'watch 10', 'list', 'watch 20']);
  await watched[Symbol.asyncDispose]();
});

test('a long list comes in pages; one that expires between two pages is begun again', async () => {
  const page = (token: string, name: string) => ({
    metadata: { resourceVersion: '10', continue: token },
    items: [object(name, 1)],
  });
  const { watched, asked, played } = scripted([
    { list: page('p2', 'a') },
    { list: http(410) },
    { list: page('p2', 'a') },
    { list: listOf(10, object('b', 2)) },
  ]);

  await played;

  expect(asked).toEqual(['list', 'list p2', 'list', 'list p2', 'watch 10']);
  expect(watched.items()).toEqual(['a', 'b']);
  await watched[Symbol.asyncDispose]();
});

test('a watch is healthy while it is open, and for two minutes after it was lost', async () => {
  const seen: boolean[] = [];
  const { watched, clock, played } = scripted([
    { list: listOf(10) },
    {
      stream: [
        event('ADDED', 'a', 11),
        () => void clock.sleep(minutes(9), new AbortController().signal),
        () => seen.push(watched.healthy()),
        event('ADDED', 'b', 12),
        reset(),
      ],
    },
    { stream: reset() },
    ...Array.from({ length: 16 }, () => ({ list: reset() })),
  ]);

  watched.onChange(() => seen.push(watched.healthy()));
  await played;
  seen.push(watched.healthy());

  expect(seen).toEqual([true, true, true, true, false]);
  await watched[Symbol.asyncDispose]();
});

test('an object that is of no interest any more is no longer in the list', async () => {
  const { watched, played } = scripted(
    [
      { list: listOf(10, object('a', 1)) },
      { stream: [{ type: 'MODIFIED', object: object('a', 11, { hidden: true }) }] },
    ],
    { parse: (one) => ('hidden' in (one as object) ? undefined : textAt(one, 'metadata', 'name')) },
  );

  await played;

  expect(watched.items()).toEqual([]);
  await watched[Symbol.asyncDispose]();
});
