import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { METERS, type Meter } from '../api/meter-list.ts';
import { createMeters, PREFIX, type Meters } from '../api/meters.ts';
import { systemClock } from '../domain/clock.ts';
import { silentLog } from '../domain/log.ts';
import type { ComponentState } from '../inference/component-state.ts';
import { tellStates } from '../main/metered.ts';
import { observedStore, storeWatch } from '../main/observed-store.ts';
import { tellAges } from '../main/scoring.ts';
import { toldLedger } from '../main/told-ledger.ts';
import { noTracing } from '../main/tracing.ts';
import { aView, inShop } from './api-rig.ts';
import { TEN } from './builders.ts';
import { anyStore } from './observable-store.ts';

const ROOT = resolve(import.meta.dirname, '..');
const { signal } = new AbortController();
const all: Readonly<Record<string, Meter>> = METERS;

test('each metric that is declared is set somewhere, and nothing else is', () => {
  const sources = globSync('{main,api}/**/*.ts', { cwd: ROOT })
    .filter((file) => !file.endsWith('.test.ts'))
    .map((file) => readFileSync(join(ROOT, file), 'utf8'));
  const calls = /\bmeters\s*\??\.(?:count|set|observe)\(\s*'(?<name>\w+)'/g;
  const set = sources.flatMap((text) =>
    [...text.matchAll(calls)].map(({ groups }) => groups?.['name'] ?? ''),
  );
  expect([...new Set(set)].toSorted()).toEqual(Object.keys(METERS).toSorted());
});

const HEAD = `# Metrics

At \`/metrics\` of the port \`ops.port\` (9090) of every role, for Prometheus; all begin with \`${PREFIX}\`. Each role shows what it
does. No label holds the name of a workload: with 10,000 components no role has more than 400 series. A gauge that nobody
has measured is not there. Beside them stand the usual \`process_*\` and \`nodejs_*\`, and on the metrics API's own port the
\`apiserver_*\` of every API server. Alerts over them: [RUNBOOK.md](RUNBOOK.md).

| metric | type | labels | what it tells |
| --- | --- | --- | --- |
`;

test('docs/METRICS.md tells every metric (run: npm run accept)', async () => {
  const rows = Object.entries(all).map(([name, { kind, labels = [], help }]) => {
    const told = labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${kind} | ${told} | ${help} |\n`;
  });
  await expect(`${HEAD}${rows.join('')}`).toMatchFileSnapshot('../docs/METRICS.md');
});

test('a gauge that nobody has set is not there: unknown is no number', async () => {
  const meters = createMeters();
  expect((await meters.expose()).text).not.toMatch(/^self_scaling_api_service_owned /m);
  meters.set('api_service_owned', 0);
  expect((await meters.expose()).text).toMatch(/^self_scaling_api_service_owned 0$/m);
});

test('10,000 components make no more than 400 series, in the role that does everything', async () => {
  const meters = createMeters();
  const keys = Array.from({ length: 10_000 }, (_, index) => inShop(`c${index}`));
  tellStates(keys.map(stateOf), meters);
  await toldLedger(
    { appendDecisions: async () => {} },
    { log: silentLog, meters, workloads: () => [] },
  ).appendDecisions(
    (['create', 'apply', 'remove', 'leave', 'managed', 'use'] as const).flatMap((kind) =>
      keys.map((key) => ({ at: TEN, key, kind, actor: 'self-scaling', text: 'x' })),
    ),
    signal,
  );
  const snapshot = { at: TEN, facts: () => undefined, issue: () => undefined };
  const parts = { clock: { ...systemClock, now: () => TEN } };
  tellAges(parts as Parameters<typeof tellAges>[0], {
    snapshots: { current: () => ({ ...snapshot, read: () => ({ kind: 'unknown' }) }) },
    components: { list: () => keys.map((key) => aView({ key, managed: true })) },
    meters,
  });
  await everyRequest(meters);
  const { text } = await meters.expose();
  const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  expect(series.filter((line) => /c\d{4}/.test(line))).toEqual([]);
  expect(series.length).toBeGreaterThan(250);
  expect(series.length).toBeLessThanOrEqual(400);
});

const stateOf = (key: ComponentState['key'], index: number): ComponentState => ({
  key,
  kind: 'Deployment',
  managed: index % 2 === 0,
  change: 'leave',
  ...(index % 3 === 0 ? { reason: 'ExistingHPA' } : {}),
  conditions: [],
});

const ROUTES = 20;
const CODES = ['200', '401', '404'];

/** Whatever a process can be asked, and how it can end. */
async function everyRequest(meters: Meters): Promise<void> {
  const watch = storeWatch(meters, noTracing);
  const store = anyStore();
  const ops = new Set<string>();
  const seen = { ...watch, began: (op: string) => (ops.add(op), watch.began(op)) };
  for (const call of Object.values(observedStore(store, seen))) {
    if (typeof call === 'function') await attempt(call as (...args: unknown[]) => unknown);
  }
  expect(ops.size).toBe(16);
  for (let route = 0; route < ROUTES; route += 1) {
    meters.count('rest_requests_total', { route, method: 'GET', code: '200' });
    meters.observe('rest_request_duration_seconds', 0.01, { route });
  }
  for (const code of CODES) {
    for (const metric of ['predicted-cpu', 'predicted-memory', 'predicted-replicas', 'other']) {
      meters.count('external_metrics_requests_total', { code, metric });
    }
  }
  for (const kind of ['token', 'right']) {
    for (const result of ['allowed', 'denied', 'failed']) {
      meters.count('reviews_total', { kind, result });
    }
    meters.observe('review_duration_seconds', 0.01, { kind });
  }
  for (const trigger of ['rest', 'schedule', 'start']) {
    meters.observe('training_run_duration_seconds', 1, { trigger });
    for (const result of ['done', 'failed']) {
      meters.count('training_runs_total', { trigger, result });
    }
  }
}

/** What the arguments are does not matter: a request that fails is one too. */
async function attempt(call: (...args: unknown[]) => unknown): Promise<void> {
  try {
    const answer = call();
    if (typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer) {
      for await (const _ of answer as AsyncIterable<unknown>);
    } else await answer;
  } catch {
    // told to the watch
  }
}
