import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../config/load.ts';
import { silentLog } from '../domain/log.ts';
import { bucketStart, days, epochMs, STEP } from '../domain/units.ts';
import { bootstrapInflux } from '../store/bootstrap.ts';
import { bootstrapOptions, bucketNames, OPERATOR, ORG } from '../test/influx-store.ts';
import { startInfluxd, whyNoInfluxd, type Influxd } from '../test/influxd.ts';
import { runImport } from './import.ts';
import { openDirectStore } from './open-store.ts';

const missing = whyNoInfluxd();
const { signal } = new AbortController();
const now = epochMs(Date.now());
const at = bucketStart(epochMs(now - STEP), STEP);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'self-scaling-import-'));
});
afterAll(() => rm(folder, { recursive: true }));

const configOf = (name: string) =>
  loadConfig({ environment: {}, flags: [`store.path=${join(folder, `${name}.sqlite`)}`] });

async function imported(name: string) {
  await using store = await openDirectStore(configOf(name).store, silentLog);
  const window = { from: epochMs(now - 2 * days(1)), to: epochMs(now + days(1)) };
  const buckets = await store.readBuckets(window, signal);
  return buckets.map(({ key, start, cpu, memory }) => [
    key.namespace,
    key.component,
    start,
    cpu,
    memory,
  ]);
}

test('answers of Prometheus become history', async () => {
  const result = (value: string) => [
    { metric: { namespace: 'shop', deployment: 'cart' }, values: [[at / 1000, value]] },
  ];
  const files = await Promise.all(
    Object.entries({ cpu: '1.5', memory: '1000' }).map(async ([kind, value]) => {
      const file = join(folder, `${kind}.json`);
      const data = { resultType: 'matrix', result: result(value) };
      await writeFile(file, JSON.stringify({ status: 'success', data }));
      return file;
    }),
  );
  const [prometheusCpu, prometheusMemory] = files;
  const flags = { namespace: 'default', prometheusCpu, prometheusMemory, label: 'deployment' };
  expect(await runImport(configOf('prometheus'), flags, silentLog, signal)).toContain(
    '1 components',
  );
  expect(await imported('prometheus')).toEqual([['shop', 'cart', at, 1.5, 1000]]);
});

test('what does not say where from, or says it twice, is refused', async () => {
  const run = (flags: object) =>
    runImport(configOf('nowhere'), { namespace: 'default', ...flags }, silentLog, signal);
  await expect(run({})).rejects.toThrow('say where from');
  await expect(run({ input: 'a', telegrafBucket: 'b' })).rejects.toThrow('say where from');
  await expect(run({ prometheusCpu: 'a' })).rejects.toThrow('go together');
});

describe.skipIf(missing !== undefined)(
  `Telegraf's bucket on a real InfluxDB ${missing ?? ''}`,
  () => {
    /** Such a name would be an expression in the query. */
    const BUCKET = 'telegraf${1}';
    let influxd: Influxd;
    let token: string;
    beforeAll(async () => {
      influxd = await startInfluxd();
      const buckets = { ...bucketNames(''), history: BUCKET };
      await bootstrapInflux(bootstrapOptions(influxd.url, { buckets }), silentLog, signal);
      token = join(folder, 'token');
      await writeFile(token, `${OPERATOR}\n`);
    });
    afterAll(() => influxd[Symbol.asyncDispose]());

    test('containers are added up to workloads, by the names of their pods', async () => {
      const line = (pod: string, container: string, nano: number, memory: number): string =>
        `kubernetes_pod_container,namespace=shop,pod_name=${pod},container_name=${container},node_name=n ` +
        `cpu_usage_nanocores=${nano}i,memory_working_set_bytes=${memory}i ${at / 1000}`;
      const body = [
        line('cart-7d9f8c6b5d-x2x4z', 'main', 5e8, 100),
        line('cart-7d9f8c6b5d-x2x4z', 'sidecar', 1e8, 50),
        line('cart-7d9f8c6b5d-b4b5c', 'main', 4e8, 100),
        line('db-0', 'main', 2e9, 1000),
      ].join('\n');
      const url = `${influxd.url}/api/v2/write?org=${ORG}&bucket=${encodeURIComponent(BUCKET)}&precision=s`;
      const headers = { authorization: `Token ${OPERATOR}` };
      expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(204);
      const flags = {
        namespace: 'default',
        telegrafBucket: BUCKET,
        telegrafUrl: influxd.url,
        telegrafOrg: ORG,
        telegrafTokenFile: token,
        days: 1,
      };
      await runImport(configOf('telegraf'), flags, silentLog, signal);
      const found = await imported('telegraf');
      expect(new Set(found)).toEqual(
        new Set([
          ['shop', 'cart', at, expect.closeTo(1), 250],
          ['shop', 'db', at, expect.closeTo(2), 1000],
        ]),
      );
      const refused = runImport(
        configOf('telegraf'),
        { ...flags, telegrafBucket: 'none' },
        silentLog,
        signal,
      );
      await expect(refused).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    });
  },
);
