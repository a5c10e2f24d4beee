import { expect, test } from 'vitest';
import { silentLog } from '../domain/log.ts';
import { seconds, type DurationMs } from '../domain/units.ts';
import { TEN } from '../test/builders.ts';
import { fakeClock } from '../test/fake-clock.ts';
import { isJson, textAt } from './json.ts';
import { leadership } from './lease.ts';
import { refusedBy, unreachable } from './refusals.ts';
import type { Ask, Kube } from './request.ts';

const never = new AbortController().signal;
const asked = { method: 'PUT', path: '/leases/ctl' };
const http = (status: number) => refusedBy(asked, { status, body: undefined });
const away = () => unreachable(asked, 'https://fake', new Error('ECONNREFUSED'));

/** One Lease in a small API server with versions; `before` may intervene in each question. */
function leaseServer(before: (question: Ask, number: number) => void | Promise<void> = () => {}) {
  let lease: { metadata: object; spec?: object } | undefined;
  let version = 1;
  let number = 0;
  const questions: Ask[] = [];
  const store = (body: unknown) => {
    version += 1;
    const metadata = isJson(body) && isJson(body['metadata']) ? body['metadata'] : {};
    const spec = isJson(body) && isJson(body['spec']) ? { spec: body['spec'] } : {};
    lease = { metadata: { ...metadata, resourceVersion: String(version) }, ...spec };
    return lease;
  };
  return {
    questions,
    store,
    holder: () => textAt(lease, 'spec', 'holderIdentity'),
    spec: () => lease?.spec,
    metadata: () => lease?.metadata,
    kube: {
      async ask(question: Ask, signal: AbortSignal) {
        signal.throwIfAborted();
        number += 1;
        questions.push(question);
        await before(question, number);
        if (question.method === 'POST') return store(question.body);
        if (lease === undefined) throw http(404);
        if (question.method !== 'PUT') return lease;
        const named = textAt(question.body, 'metadata', 'resourceVersion');
        if (named !== String(version)) throw http(409);
        return store(question.body);
      },
    },
  };
}

function candidate(server: { kube: Pick<Kube, 'ask'> }, identity = 'one') {
  const clock = fakeClock(TEN);
  const lease = { namespace: 'scaling', name: 'ctl', identity };
  const leader = leadership({ kube: server.kube, clock, random: () => 0, log: silentLog }, lease);
  return { clock, leader };
}

const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
const heldBy = (holderIdentity: string) => ({
  metadata: { name: 'ctl', labels: { chart: 'self-scaling' } },
  spec: { holderIdentity, leaseDurationSeconds: 15, leaseTransitions: 4 },
});

test('a lease that does not exist is made and taken, and given back when the work ends', async () => {
  const server = leaseServer();
  const { leader } = candidate(server);
  const seen: unknown[] = [];

  await leader.lead(async () => void seen.push(server.holder(), leader.remaining()), never);

  expect(seen).toEqual(['one', seconds(15)]);
  expect(server.holder()).toBeUndefined();
  expect(leader.remaining()).toBe(0);
});

test('an empty lease of the chart is taken, and everything else on it is kept', async () => {
  const server = leaseServer();
  server.store({ metadata: { name: 'ctl', labels: { chart: 'self-scaling' } } });
  const { leader } = candidate(server);

  await leader.lead(async () => {
    expect(server.metadata()).toMatchObject({ labels: { chart: 'self-scaling' } });
    expect(server.spec()).toEqual({
      holderIdentity: 'one',
      leaseDurationSeconds: 15,
      leaseTransitions: 1,
      acquireTime: '2026-11-24T10:00:00.000000Z',
      renewTime: '2026-11-24T10:00:00.000000Z',
    });
  }, never);
});

test('it is renewed every two seconds', async () => {
  const stop = new AbortController();
  const server = leaseServer((question, number) => {
    if (question.method === 'PUT' && number === 8) stop.abort();
  });
  server.store(heldBy(''));
  const { clock, leader } = candidate(server);

  await leader.lead(untilAborted, stop.signal);

  expect(clock.sleeps.slice(0, 5)).toEqual(Array(5).fill(seconds(2)));
});

test('another’s lease is waited for until it was seen unchanged for its whole length', async () => {
  const server = leaseServer();
  server.store(heldBy('other'));
  const { clock, leader } = candidate(server);
  let begun: DurationMs | undefined;

  await leader.lead(async () => void (begun = clock.monotonic()), never);

  expect(begun).toBe(seconds(16));
  expect(server.spec()).toMatchObject({ leaseTransitions: 5 });
});

test('a lease that another renews is not taken', async () => {
  const stop = new AbortController();
  const server = leaseServer((_, number) => {
    server.store(heldBy('other'));
    if (number === 50) stop.abort();
  });
  const { leader } = candidate(server);
  let led = false;

  await leader.lead(async () => void (led = true), stop.signal);

  expect(led).toBe(false);
});

test('a lease given back is taken at the next look', async () => {
  const server = leaseServer((_, number) => {
    if (number === 3) server.store(heldBy(''));
  });
  server.store(heldBy('other'));
  const { clock, leader } = candidate(server);
  let begun: DurationMs | undefined;

  await leader.lead(async () => void (begun = clock.monotonic()), never);

  expect(begun).toBe(seconds(4));
});

test('who cannot renew for ten seconds stops the work five seconds before anybody else may begin', async () => {
  let isAway = false;
  const server = leaseServer(() => {
    if (isAway) throw away();
  });
  server.store(heldBy(''));
  const { clock, leader } = candidate(server);
  const stop = new AbortController();
  const terms: DurationMs[] = [];

  await leader.lead(async (leading) => {
    terms.push(leader.remaining());
    if (terms.length === 2) return stop.abort();
    isAway = true;
    await untilAborted(leading);
    terms.push(leader.remaining(), clock.monotonic());
    isAway = false;
    return stop.abort();
  }, stop.signal);

  expect(terms).toEqual([seconds(15), seconds(5), seconds(10)]);
});

test('an API server that hangs costs the work its lease just as early', async () => {
  let hangs = false;
  const server = leaseServer(async ({ limit = seconds(30) }) => {
    if (!hangs) return;
    await clock.sleep(limit, never);
    throw away();
  });
  server.store(heldBy(''));
  const { clock, leader } = candidate(server);
  const stop = new AbortController();
  let left: DurationMs | undefined;

  await leader.lead(async (leading) => {
    hangs = true;
    await untilAborted(leading);
    left = leader.remaining();
    hangs = false;
    stop.abort();
  }, stop.signal);

  expect(left).toBe(seconds(5));
});

test('who finds the lease in another’s hands stops at once and waits for it again', async () => {
  const server = leaseServer();
  server.store(heldBy(''));
  const { leader } = candidate(server);
  const terms: unknown[] = [];

  await leader.lead(async (leading) => {
    terms.push('begun');
    if (terms.length > 1) return;
    server.store(heldBy('thief'));
    await untilAborted(leading);
    terms.push(leader.remaining());
  }, never);

  expect(terms).toEqual(['begun', 0, 'begun']);
});

test('an annotation that a person writes on the lease does not cost it', async () => {
  const stop = new AbortController();
  const server = leaseServer((question, number) => {
    if (number === 3) server.store({ ...heldBy('one'), metadata: { annotations: { by: 'hand' } } });
    if (question.method === 'PUT' && number > 8) stop.abort();
  });
  server.store(heldBy(''));
  const { leader } = candidate(server);
  let terms = 0;

  await leader.lead(async (leading) => {
    terms += 1;
    await untilAborted(leading);
  }, stop.signal);

  expect(terms).toBe(1);
});

test('a leader that was stopped longer than its lease wakes up without it', async () => {
  const server = leaseServer();
  server.store(heldBy(''));
  const { clock, leader } = candidate(server);
  let after: DurationMs | undefined;

  await leader.lead(async () => {
    await clock.sleep(seconds(40), never); // SIGSTOP, in effect
    after = leader.remaining();
  }, never);

  expect(after).toBe(0);
});

test('what the work throws is thrown, and the lease is given back first', async () => {
  const server = leaseServer();
  const { leader } = candidate(server);
  const broken = new Error('a bug');

  await expect(leader.lead(() => Promise.reject(broken), never)).rejects.toBe(broken);
  expect(server.holder()).toBeUndefined();
});

test('a stop while waiting for the lease ends the waiting', async () => {
  const stop = new AbortController();
  const server = leaseServer((_, number) => {
    if (number === 3) stop.abort();
  });
  server.store(heldBy('other'));
  const { leader } = candidate(server);

  await leader.lead(() => Promise.reject(new Error('must not lead')), stop.signal);

  expect(server.holder()).toBe('other');
});

test('of two that look at once only one leads', async () => {
  const server = leaseServer();
  server.store(heldBy(''));
  const stop = new AbortController();
  const leading: string[] = [];
  const work = (name: string) => async (signal: AbortSignal) => {
    leading.push(name);
    await Promise.resolve();
    stop.abort();
    await untilAborted(signal);
  };

  await Promise.all(
    ['one', 'two'].map((name) => candidate(server, name).leader.lead(work(name), stop.signal)),
  );

  expect(leading).toEqual(['one']);
});
