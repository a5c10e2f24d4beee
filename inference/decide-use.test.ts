import { expect, test } from 'vitest';
import type { Decision } from '../domain/decision.ts';
import { storeUnavailable } from '../domain/errors.ts';
import { silentLog } from '../domain/log.ts';
import { packIssue } from '../domain/packed-forecast.ts';
import type { Score } from '../domain/score.ts';
import { cores, days, epochMs, hours, minutes, STEP } from '../domain/units.ts';
import { aBucket, aForecast, anIssue, cart, TEN } from '../test/builders.ts';
import { createMemoryStore } from '../test/memory-store.ts';
import { decideUses, type UsePorts } from './decide-use.ts';
import { keepSnapshots } from './refresh.ts';
import { issueId, snapshot } from './snapshot.ts';
import { usesIn } from './use-settings.ts';

const { signal } = new AbortController();
const api = { namespace: 'shop', component: 'api' };
const TODAY = epochMs(Math.floor(TEN / days(1)) * days(1));
const rules = { level: 0.9, leadTime: minutes(5), adapts: false };
const row = (skill: number, about: Partial<Score> = {}): Score => ({
  key: cart,
  resource: 'cpu',
  model: 'seasonal-naive-day',
  lead: 1,
  at: epochMs(TODAY - days(1)),
  mae: 1,
  mase: 1,
  pinball: 0.5 * (1 - skill),
  coverage: 0.8,
  skill,
  n: 200,
  ...about,
});

function world() {
  const store = createMemoryStore();
  const held = [cart, api].flatMap((key) =>
    (['cpu', 'memory'] as const).map((resource) => {
      const issue = packIssue(anIssue({ key, resource }));
      return [issueId(key, resource), { issue, seenAt: TEN }] as const;
    }),
  );
  const holds = { holdTime: hours(6), level: 0.9, leadTime: minutes(5) };
  const shown = snapshot(TEN, new Map(held), new Map(), holds);
  const decisions: Decision[] = [];
  const log: string[] = [];
  const ports: UsePorts = {
    record: store,
    settings: store,
    ledger: { appendDecisions: async (some) => void decisions.push(...some) },
    keys: () => [cart, api, cart],
    snapshot: () => shown,
  };
  const told = { ...silentLog, warn: (_: object, text: string) => void log.push(text) };
  const round = (about: Partial<typeof rules> = {}, some: Partial<UsePorts> = {}) =>
    decideUses({ ...ports, ...some }, { ...rules, ...about }, told, TEN, signal);
  const uses = async () => usesIn(await store.all(signal));
  return { store, decisions, log, round, uses };
}

test('a forecast that does worse is not used any more: ledger, log and setting say so, once', async () => {
  const { store, decisions, log, round, uses } = world();
  await store.writeScores([row(-0.25), row(0.5, { resource: 'memory' })], signal);
  await round();
  await round();
  expect([...(await uses())]).toEqual([
    [
      'shop/cart',
      {
        key: cart,
        cpu: {
          failing: { since: TEN, skill: expect.closeTo(-0.25, 9), scored: 200, by: 'record' },
        },
        memory: {},
      },
    ],
  ]);
  expect(decisions).toEqual([
    {
      at: TEN,
      key: cart,
      kind: 'use',
      actor: 'self-scaling',
      reason: 'ModelFailing',
      text: 'stops using the cpu forecast of shop/cart for scaling: since it was issued it did worse than the naive rule (skill -0.25 over 200 values)',
    },
  ]);
  expect(log).toHaveLength(1);
});

test('every replica that reads the store answers alike, with the next refresh', async () => {
  const { store, round } = world();
  const issued = { forecast: aForecast(), issuedAt: TEN, model: 'network', run: 'train-1' };
  await store.writeFuture([anIssue({ issued }), anIssue({ issued, resource: 'memory' })], signal);
  const holds = { holdTime: hours(6), level: 0.9, leadTime: minutes(5) };
  const replicas = [1, 2].map(() => keepSnapshots(store, holds, silentLog));
  const kinds = async () => {
    for (const one of replicas) await one.refresh(TEN, signal);
    return replicas.map(({ current }) =>
      (['cpu', 'memory'] as const).map(
        (resource) => current()?.read({ key: cart, resource }, TEN).kind,
      ),
    );
  };
  const both = (...some: string[]) => [some, some];
  expect(await kinds()).toEqual(both('predicted', 'predicted'));
  await store.writeScores([row(-0.25)], signal);
  await round();
  expect(await kinds()).toEqual(both('failing', 'predicted'));
  await store.writeScores([row(0.25)], signal);
  await round();
  expect(await kinds()).toEqual(both('predicted', 'predicted'));
});

test('when it does better again it is used again, and the setting is gone', async () => {
  const { store, decisions, round, uses } = world();
  await store.writeScores([row(-0.25)], signal);
  await round();
  await store.writeScores([row(0.2)], signal);
  await round();
  expect(decisions.map(({ reason }) => reason)).toEqual(['ModelFailing', 'ModelRecovered']);
  expect((await uses()).size).toBe(0);
});

test('before there is a record the trial of the served model decides', async () => {
  const { store, decisions, round } = world();
  await store.writeScores(
    [row(-0.1, { lead: 0 }), row(-0.1, { lead: 0, key: api, model: 'ridge' })],
    signal,
  );
  await round();
  expect(decisions.map(({ key, text }) => [key.component, text.includes('trial')])).toEqual([
    ['cart', true],
  ]);
});

test('what cannot be recorded is not done', async () => {
  const { store, round, uses } = world();
  await store.writeScores([row(-0.25)], signal);
  const away = {
    appendDecisions: async () => {
      throw storeUnavailable('away');
    },
  };
  await expect(round({}, { ledger: away })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect((await uses()).size).toBe(0);
});

test('without a snapshot nothing is decided', async () => {
  const { store, decisions, round } = world();
  await store.writeScores([row(-0.25)], signal);
  expect(await round({}, { snapshot: () => undefined })).toEqual([]);
  expect(decisions).toEqual([]);
});

test('the level that is served is corrected by each closed step, once, and only where told to', async () => {
  const { store, round, uses } = world();
  const at = (step: number) => epochMs(TEN + step * STEP);
  for (const step of [-3, -2]) {
    const forecast = aForecast(1, { start: at(step) });
    const issued = { forecast, issuedAt: at(step), model: 'network', run: 'train-1' };
    await store.writeFuture([anIssue({ issued })], signal);
  }
  const buckets = [-2, -1].map((step) =>
    aBucket({ start: at(step), cpu: cores(step === -1 ? 9 : 0.1) }),
  );
  await store.appendHistory(buckets, signal);
  await round();
  expect((await uses()).size).toBe(0);
  await round({ adapts: true });
  await round({ adapts: true });
  const level = 0.9 - 0.02 * 0.1 + 0.02 * 0.9;
  expect([...(await uses()).values()]).toEqual([
    {
      key: cart,
      cpu: { adapted: { target: 0.9, level: expect.closeTo(level, 12), seen: at(-1) } },
      memory: {},
    },
  ]);
  await round();
  expect((await uses()).size).toBe(0);
});
