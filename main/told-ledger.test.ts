import { expect, test } from 'vitest';
import { createMeters } from '../api/meters.ts';
import type { Decision } from '../domain/decision.ts';
import { kubeUnavailable, storeUnavailable } from '../domain/errors.ts';
import { silentLog } from '../domain/log.ts';
import type { News } from '../kube/events.ts';
import { cart, TEN } from '../test/builders.ts';
import { aWorkload } from '../test/scaling.ts';
import { newsOf, toldLedger } from './told-ledger.ts';

const { signal } = new AbortController();
const decided = (about: Partial<Decision>): Decision => ({
  at: TEN,
  key: cart,
  kind: 'create',
  actor: 'self-scaling',
  text: 'what was decided',
  ...about,
});

test.each<[Partial<Decision>, [string, boolean] | undefined]>([
  [{ kind: 'create' }, ['HPACreated', false]],
  [{ kind: 'remove' }, ['HPARemoved', false]],
  [{ kind: 'leave', reason: 'ExistingHPA' }, ['ExistingHPA', true]],
  [{ kind: 'leave', reason: 'NoCapacity' }, undefined],
  [{ kind: 'use', reason: 'ModelFailing' }, ['ModelFailing', true]],
  [{ kind: 'use', reason: 'ModelRecovered' }, ['ModelRecovered', false]],
  [{ kind: 'apply' }, undefined],
])('of %j the Event is %j', (about, expected) => {
  const found = newsOf(decided(about), () => [aWorkload()]);
  expect(found.map(({ reason, isWarning }) => [reason, isWarning])).toEqual(
    expected === undefined ? [] : [expected],
  );
});

test('the Event is about the workload, which kubectl describe finds by its uid', () => {
  const workload = aWorkload();
  const [news] = newsOf(decided({}), () => [
    aWorkload({ key: { ...cart, component: 'x' } }),
    workload,
  ]);
  expect(news?.regarding).toEqual({
    apiVersion: workload.apiVersion,
    kind: workload.kind,
    uid: workload.uid,
    namespace: 'shop',
    name: 'cart',
  });
});

test('what is not durable is not told; what is, also where workloads are not known', async () => {
  const [told, lines]: [News[], string[]] = [[], []];
  const meters = createMeters();
  const log = { ...silentLog, info: (_: object, sentence: string) => lines.push(sentence) };
  const hearers = {
    log,
    meters,
    workloads: () => [aWorkload()],
    tell: (news: News) => told.push(news),
  };
  const away = { appendDecisions: () => Promise.reject(storeUnavailable('away')) };
  const here = { appendDecisions: async () => {} };
  await expect(toldLedger(away, hearers).appendDecisions([decided({})], signal)).rejects.toThrow(
    'away',
  );
  expect([told, lines]).toEqual([[], []]);
  await toldLedger(here, hearers).appendDecisions([decided({}), decided({ kind: 'use' })], signal);
  expect([told.length, lines.length]).toEqual([1, 1]);
  const workloads = (): never => {
    throw kubeUnavailable('not known yet');
  };
  await toldLedger(here, { ...hearers, workloads }).appendDecisions([decided({})], signal);
  expect([told.length, lines.length]).toEqual([1, 2]);
  expect((await meters.expose()).text).toContain('decisions_total{kind="create"} 2');
});
