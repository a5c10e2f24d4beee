import { Check } from 'typebox/schema';
import { createApi, type Answered, type ApiOptions, type ApiPorts } from '../api/app.ts';
import type { HealthCheck } from '../api/checks.ts';
import type { ComponentView } from '../domain/component-view.ts';
import type { ComponentKey } from '../domain/component.ts';
import type { Decision } from '../domain/decision.ts';
import { kubeUnavailable, storeUnavailable } from '../domain/errors.ts';
import type { HistoryColumn } from '../domain/history.ts';
import type { Run } from '../domain/run.ts';
import type { Score } from '../domain/score.ts';
import type { SettingEntry } from '../domain/settings.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { epochMs } from '../domain/units.ts';
import type { Vintage } from '../domain/vintage.ts';
import { cart, TEN } from './builders.ts';

/** A believable component; a test names only what it is about. */
export const aView = (about: Partial<ComponentView> = {}): ComponentView => ({
  key: cart,
  kind: 'Deployment',
  apiVersion: 'apps/v1',
  otherKinds: [],
  managed: false,
  managedBy: 'default',
  replicas: 2,
  replicasReady: 2,
  conditions: [],
  ...about,
});

export const inShop = (component: string): ComponentKey => ({ namespace: 'shop', component });

/** Settings in memory; the store can be taken away. */
export function fakeSettings() {
  const entries = new Map<string, SettingEntry>();
  const writes: (readonly SettingEntry[])[] = [];
  const settings = {
    isAway: false,
    writes,
    async all(): Promise<SettingEntry[]> {
      if (settings.isAway) throw storeUnavailable('the store does not answer');
      return [...entries.values()];
    },
    async set(changed: readonly SettingEntry[]): Promise<void> {
      if (settings.isAway) throw storeUnavailable('the store does not answer');
      writes.push(changed);
      for (const entry of changed) entries.set(entry.name, entry);
    },
  };
  return settings;
}

/** No store answers in the same turn: what must hold across turns is seen only so. */
const aTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Runs in memory. A run ends when the test says so, or at once where `work` says how. */
export function fakeRuns() {
  const records = new Map<string, Run>();
  const waiting = new Set<() => void>();
  const runs = {
    /** How many wait for an end. */
    waiters: () => waiting.size,
    started: [] as Run[],
    /** What becomes of a run that is started; `undefined` = it goes on. */
    work: undefined as ((run: Run) => Partial<Run>) | undefined,
    isAway: false,
    end(id: string, about: Partial<Run>): void {
      const run = records.get(id);
      if (run !== undefined) records.set(id, { ...run, state: 'done', endedAt: TEN, ...about });
      for (const look of waiting) look();
    },
    async start(run: Run): Promise<void> {
      await aTurn();
      if (runs.isAway) throw storeUnavailable('the store does not answer');
      records.set(run.id, run);
      runs.started.push(run);
    },
    get: async (id: string): Promise<Run | undefined> => records.get(id),
    async list(): Promise<Run[]> {
      await aTurn();
      if (runs.isAway) throw storeUnavailable('the store does not answer');
      return [...records.values()].toSorted((a, b) => b.createdAt - a.createdAt);
    },
    wake(): void {
      const run = runs.started.at(-1);
      if (run !== undefined && runs.work !== undefined) runs.end(run.id, runs.work(run));
    },
    async waitForEnd(id: string, signal: AbortSignal): Promise<Run> {
      const { promise, resolve, reject } = Promise.withResolvers<Run>();
      const look = (): void => {
        const run = records.get(id);
        if (run?.state === 'done' || run?.state === 'failed') resolve(run);
      };
      waiting.add(look);
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      look();
      return await promise.finally(() => waiting.delete(look));
    },
  };
  return runs;
}

/** A logger that remembers what it was told. */
export function fakeLog() {
  const lines: { readonly level: string; readonly members: object; readonly text?: string }[] = [];
  const at =
    (level: string) =>
    (members: object, text?: string): void => {
      lines.push(text === undefined ? { level, members } : { level, members, text });
    };
  const log = {
    lines,
    level: 'info',
    ...Object.fromEntries(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'].map((name) => [
        name,
        at(name),
      ]),
    ),
    child: () => log,
  };
  return log as typeof log & ApiPorts['log'];
}

const OPTIONS: ApiOptions = {
  version: '1.0.0',
  access: { kind: 'loopback' },
  limits: { reads: 0, writes: 0, runs: 0 },
  trainValues: {
    defaults: { historyDays: 28, futureDays: 1 },
    limits: { historyDays: 90, futureDays: 7 },
  },
};

/** The API with fakes around it; every part can be told what to say. */
export async function openRig(options: Partial<ApiOptions> = {}) {
  const world = {
    now: TEN,
    views: [aView()] as readonly ComponentView[] | 'not known yet',
    snapshot: undefined as Snapshot | undefined,
    columns: [] as HistoryColumn[],
    scores: [] as Score[],
    vintages: [] as Vintage[],
    decisions: [] as Decision[],
    checks: [{ name: 'store', healthy: true }] as HealthCheck[],
    answered: [] as Answered[],
  };
  const settings = fakeSettings();
  const runs = fakeRuns();
  const log = fakeLog();
  const ports: ApiPorts = {
    components: {
      list() {
        if (world.views === 'not known yet') throw kubeUnavailable('components are being listed');
        return world.views;
      },
    },
    settings,
    runs,
    log,
    snapshots: { current: () => world.snapshot },
    history: {
      async *readHistory() {
        yield* world.columns;
      },
    },
    record: {
      readScores: async () => world.scores,
      async *readVintages(lead) {
        yield* world.vintages.filter((one) => one.lead === lead);
      },
    },
    decisions: { readDecisions: async () => world.decisions },
    health: { checks: async () => world.checks },
    now: () => epochMs(world.now),
    answered: (answer) => world.answered.push(answer),
  };
  const app = await createApi(ports, { ...OPTIONS, ...options });
  const contract = (await app.inject('/openapi.json')).json<Document>();
  /** Every answer seen in a test is one that the document promises. */
  const ask = async (method: 'GET' | 'POST', url: string, rest: object = {}) => {
    const response = await app.inject({ method, url, ...rest });
    const type = String(response.headers['content-type']);
    requireConformity(contract, { method, url, status: response.statusCode, type }, response.body);
    return response;
  };
  return {
    app,
    world,
    settings,
    runs,
    log,
    get: (url: string, headers: Record<string, string> = {}) => ask('GET', url, { headers }),
    post: (url: string, payload: string | Buffer, headers: Record<string, string> = {}) =>
      ask('POST', url, {
        payload,
        headers: { 'content-type': 'application/json', ...headers },
      }),
    [Symbol.asyncDispose]: () => app.close(),
  };
}

type Answers = Record<string, { content: Record<string, { schema: object }> }>;
type Document = {
  readonly paths: Record<string, Record<string, { responses: Answers }>>;
  readonly components: object;
};
type Asked = {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly type: string;
};

function requireConformity(contract: Document, asked: Asked, body: string): void {
  const path = asked.url.split('?', 1)[0] ?? '';
  const pattern = Object.keys(contract.paths).find((one) =>
    new RegExp(`^${one.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
  );
  if (pattern === undefined) return;
  const schema = schemaFor(contract, pattern, asked);
  const said = `${asked.method} ${path} -> ${asked.status} ${asked.type}`;
  if (schema === undefined) throw new Error(`${said} is not documented: ${body}`);
  if (!Check({ ...schema, components: contract.components }, JSON.parse(body))) {
    throw new Error(`${said} does not fit its schema: ${body}`);
  }
}

const schemaFor = (
  { paths }: Document,
  pattern: string,
  { method, status, type }: Asked,
): object | undefined =>
  paths[pattern]?.[method.toLowerCase()]?.responses[status]?.content[type.replace(/;.*/, '')]
    ?.schema;
