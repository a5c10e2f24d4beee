import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { UsageBucket } from '../domain/bucket.ts';
import type { Decision } from '../domain/decision.ts';
import { silentLog } from '../domain/log.ts';
import { seededRandom } from '../domain/random.ts';
import { managedName } from '../domain/settings.ts';
import { cores, epochMs, type EpochMs } from '../domain/units.ts';
import { aBucket } from '../test/builders.ts';
import { faultProxy } from '../test/fault-proxy.ts';
import {
  bootstrapOptions,
  bucketNames,
  freshInfluxStore,
  OPERATOR,
  ORG,
} from '../test/influx-store.ts';
import { startInfluxd, whyNoInfluxd, type Influxd } from '../test/influxd.ts';
import { createMemoryStore } from '../test/memory-store.ts';
import { spillableStore } from '../test/spillable-store.ts';
import type { Store } from '../test/store-port.ts';
import {
  aDecision,
  aSetting,
  at,
  bucketsOf,
  component,
  LATELY,
  settingsOf,
  signal,
} from '../test/store-promises/builders.ts';
import { bootstrapInflux } from './bootstrap.ts';
import { openInflux2Store } from './influx2.ts';
import { withSpill } from './spill.ts';

const missing = whyNoInfluxd();
const LIMIT = 64 * 1024 * 1024;
const FIRST_STEP = -60;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spill-'));
  return () => rm(directory, { recursive: true, force: true });
});

const spilling = <S extends Parameters<typeof withSpill>[0]>(store: S) =>
  withSpill(store, { directory, limitBytes: LIMIT }, silentLog, () => at(0));
/** 100 components, one step; the bucket of a step grows as the collector's does. */
const aStep = (step: number, sampleCount = 15): UsageBucket[] =>
  Array.from({ length: 100 }, (_, index) =>
    aBucket({
      key: component(`part-${index}`),
      start: at(FIRST_STEP + step),
      cpu: cores(step + index / 128),
      sampleCount,
    }),
  );
const byPlace = (a: UsageBucket, b: UsageBucket): number =>
  a.start - b.start || (a.key.component < b.key.component ? -1 : 1);

describe.skipIf(missing !== undefined)(`an outage of a real InfluxDB ${missing ?? ''}`, () => {
  let influxd: Influxd;
  beforeEach(async () => {
    influxd = await startInfluxd();
    return () => influxd[Symbol.asyncDispose]();
  });

  test.each(['SIGTERM', 'SIGKILL'] as const)(
    'by %s in the middle of appends: all that was acknowledged is there once, in order',
    async (how) => {
      const { store } = await freshInfluxStore(influxd.url);
      const spill = await spilling(store);
      const steps = 60;
      const random = seededRandom(7);
      const stopAt = 10 + Math.floor(random() * 10);
      let stopping: Promise<void> | undefined;
      const decisions: Decision[] = [];
      for (let step = 0; step < steps; step += 1) {
        if (step === stopAt) stopping = influxd.stop(how);
        await spill.appendHistory(aStep(step, 7), signal);
        await spill.appendHistory(aStep(step), signal);
        const decision = aDecision({ at: at(FIRST_STEP + step), text: `step ${step}` });
        await spill.appendDecisions([decision], signal);
        decisions.push(decision);
      }
      await stopping;
      expect(spill.spilled().frames).toBeGreaterThan(80);
      expect(await spill.drain(signal)).toBe(0);
      await influxd.start();
      expect(await spill.drain(signal)).toBeGreaterThan(80);
      expect(spill.spilled()).toEqual({ bytes: 0, frames: 0 });
      const found = await store.readBuckets(LATELY, signal);
      const wanted = Array.from({ length: steps }, (_, step) => aStep(step)).flat();
      expect(found.toSorted(byPlace)).toEqual(wanted.toSorted(byPlace));
      const ledger = await store.readDecisions(undefined, LATELY, 1000, signal);
      expect(ledger).toEqual(decisions.toReversed());
    },
  );

  test('kill -9 of it under four writers, five times, loses nothing acknowledged', async () => {
    const { store } = await freshInfluxStore(influxd.url, { timeoutMs: 3000 });
    const acknowledged: UsageBucket[] = [];
    const random = seededRandom(11);
    const sixteenth = 900_000 / 16;
    for (let kill = 0; kill < 5; kill += 1) {
      const killAfter = 4 + Math.floor(random() * 12);
      let writes = 0;
      let killing: Promise<void> | undefined;
      const writer = async (name: string): Promise<void> => {
        for (let step = 0; killing === undefined || step < 1; step += 1) {
          const start = epochMs(
            Math.floor((at(FIRST_STEP + step) + kill * sixteenth) / 1000) * 1000,
          );
          const bucket = aBucket({ key: component(name), start });
          const failure: unknown = await store.appendHistory([bucket], signal).catch((e) => e);
          if (failure !== undefined) return;
          acknowledged.push(bucket);
          writes += 1;
          if (writes === killAfter) killing = influxd.stop('SIGKILL');
        }
      };
      await Promise.all(['one', 'two', 'three', 'four'].map(writer));
      await killing;
      await influxd.start();
    }
    const found = new Set((await store.readBuckets(LATELY, signal)).map(nameOf));
    expect(acknowledged.map(nameOf).filter((name) => !found.has(name))).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(20);
  });

  test('a revoked token is an outage, not a loss', async () => {
    const { tokens } = await bootstrapInflux(bootstrapOptions(influxd.url), silentLog, signal);
    const token = tokens.get('controller')!;
    const { url } = influxd;
    const buckets = bucketNames('');
    const store = openInflux2Store({ url, org: ORG, token, buckets, timeoutMs: 5000 }, silentLog);
    const spill = await spilling(store);
    await spill.appendHistory(aStep(0), signal);
    await setStatus(url, 'self-scaling controller', 'inactive');
    await spill.appendHistory(aStep(1), signal);
    expect(await spill.drain(signal)).toBe(0);
    expect(await store.check(signal)).toMatchObject({ ok: false });
    await setStatus(url, 'self-scaling controller', 'active');
    expect(await spill.drain(signal)).toBe(1);
    const found = await store.readBuckets(LATELY, signal);
    expect(found.toSorted(byPlace)).toEqual([...aStep(0), ...aStep(1)].toSorted(byPlace));
  });

  test('whatever happens in whatever order, it ends as a store without outages would', async () => {
    await using proxy = await faultProxy(influxd.url);
    const key = fc.constantFrom(component('cart'), component('a.b-c'));
    const act = fc.oneof(
      { weight: 5, arbitrary: fc.record({ append: key, step: fc.nat(3), count: fc.nat(5) }) },
      { weight: 2, arbitrary: fc.record({ set: key, value: fc.boolean() }) },
      { weight: 1, arbitrary: fc.record({ forget: key }) },
      { weight: 2, arbitrary: fc.record({ away: fc.boolean() }) },
      { weight: 1, arbitrary: fc.constant({ restart: true }) },
      { weight: 1, arbitrary: fc.constant({ drain: true }) },
    );
    const property = fc.asyncProperty(
      fc.array(act, { minLength: 4, maxLength: 14 }),
      async (acts) => {
        proxy.faults(() => undefined);
        const { store } = await freshInfluxStore(influxd.url, { url: proxy.url });
        const model = createMemoryStore();
        let spill = await spilling(store);
        /** What is refused is done to neither. */
        const both = async (change: (to: Pick<Store, 'set' | 'forget'>) => Promise<void>) => {
          const failure: unknown = await change(spill).catch((error: unknown) => error);
          if (failure === undefined) await change(model);
        };
        for (const one of acts) {
          if ('append' in one) {
            const { append, step, count: sampleCount } = one;
            const cpu = cores(acts.indexOf(one) / 64);
            const bucket = aBucket({ key: append, start: at(step - 4), sampleCount, cpu });
            await spill.appendHistory([bucket], signal);
            await model.appendHistory([bucket], signal);
          } else if ('set' in one) {
            const name = managedName(one.set);
            await both((to) => to.set([aSetting({ name, value: one.value })], signal));
          } else if ('forget' in one) await both((to) => to.forget(one.forget, signal));
          else if ('away' in one) proxy.faults(() => (one.away ? { status: 503 } : undefined));
          else if ('restart' in one) spill = await spilling(store);
          else await spill.drain(signal);
        }
        proxy.faults(() => undefined);
        await spill.drain(signal);
        expect(spill.spilled().frames).toBe(0);
        expect(await bucketsOf(spill)).toEqual(await bucketsOf(model));
        expect(await settingsOf(spill)).toEqual(await settingsOf(model));
      },
    );
    await fc.assert(property, { numRuns: 25, seed: 2026 });
  });
});

async function setStatus(url: string, description: string, status: string): Promise<void> {
  const headers = { authorization: `Token ${OPERATOR}`, 'content-type': 'application/json' };
  const list = await fetch(`${url}/api/v2/authorizations`, { headers });
  const { authorizations } = JSON.parse(await list.text()) as {
    authorizations: { id: string; description: string }[];
  };
  const found = authorizations.find((one) => one.description === description);
  const body = JSON.stringify({ status });
  await fetch(`${url}/api/v2/authorizations/${found?.id}`, { method: 'PATCH', headers, body });
}

const nameOf = ({ key, start }: UsageBucket): string => `${key.component} ${start}`;

/** Spills bucket after bucket, and prints the start of each that was acknowledged. */
const WRITER = `
  import { withSpill } from '${import.meta.resolve('./spill.ts')}';
  import { storeUnavailable } from '${import.meta.resolve('../domain/errors.ts')}';
  import { silentLog } from '${import.meta.resolve('../domain/log.ts')}';
  const away = async () => { throw storeUnavailable('away'); };
  const store = { appendHistory: away, appendDecisions: away, readBuckets: away, forget: away, check: away, [Symbol.asyncDispose]: away };
  const options = { directory: process.argv[1], limitBytes: 1e9 };
  const spill = await withSpill(store, options, silentLog, () => 0);
  const { signal } = new AbortController();
  const key = { namespace: 'shop', component: 'cart' };
  const usage = { cpu: 1, cpuMax: 1, memory: 1, memoryMax: 1, replicasReady: 1, podsMissing: 0, sampleCount: 1 };
  for (let start = Number(process.argv[2]); ; start += 900_000) {
    await spill.appendHistory([{ key, start, ...usage }], signal);
    console.log(start);
  }
`;

test('kill -9 of the program while it spills loses no frame that was acknowledged', async () => {
  const acknowledged: number[] = [];
  const random = seededRandom(3);
  for (let kill = 0; kill < 5; kill += 1) {
    const args = ['--input-type=module', '--eval', WRITER, directory];
    const next = String((acknowledged.at(-1) ?? 0) + 900_000);
    const child = spawn(process.execPath, [...args, next], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const gone = once(child, 'exit');
    const enough = acknowledged.length + 1 + Math.floor(random() * 100);
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged.push(Number(line));
      if (acknowledged.length === enough) child.kill('SIGKILL');
    }
    expect(await gone).toEqual([null, 'SIGKILL']);
  }
  const store = spillableStore();
  const spill = await spilling(store);
  await spill.drain(signal);
  const found: EpochMs[] = store.history.map(({ start }) => start);
  expect(acknowledged.filter((start) => !found.includes(epochMs(start)))).toEqual([]);
  expect(found).toEqual(found.toSorted((a, b) => a - b));
});
