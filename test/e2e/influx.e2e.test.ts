import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONTROL_PLANE, whyMissing } from '../control-plane/programs.ts';
import { startInfluxd, whyNoInfluxd, type Influxd } from '../influxd.ts';
import { expectedReplicas, replicasOf } from './expectation.ts';
import { expectSoon } from './expect-soon.ts';
import { conditionOf, paths } from './objects.ts';
import type { OurProcess } from './our-process.ts';
import { openShop, writeHistory, type Settings, type Shop } from './shop.ts';

const missing = whyMissing(CONTROL_PLANE) ?? whyNoInfluxd();
const LEAD_MS = 3_600_000;
const API_SERVICE = `${paths.apiServices}/v1beta1.external.metrics.k8s.io`;
const print = (line: string): void => void process.stdout.write(`  ${line}\n`);
const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;

describe.skipIf(missing !== undefined)(`the main job on InfluxDB ${missing ?? ''}`, () => {
  let shop: Shop;
  let influxd: Influxd;
  let all: OurProcess;
  let bootstraps: readonly string[] = [];

  beforeAll(async () => {
    influxd = await startInfluxd();
    shop = await openShop({ store: { kind: 'influx2', url: influxd.url } });
    const tokens = join(shop.folder, 'tokens');
    bootstraps = [
      await shop.run('bootstrap', ['--out', tokens], tokenFile('to-be-made')),
      await shop.run('bootstrap', ['--out', tokens], tokenFile('to-be-made')),
    ];
    all = await shop.start('all', tokenFile(join(tokens, 'all-token')));
    await all.says('that REST is served', ({ msg }) => msg === 'the management API is served');
  });
  afterAll(async () => {
    await shop?.[Symbol.asyncDispose]();
    await influxd?.[Symbol.asyncDispose]();
  });

  const sampleCounts = () => countSamples(influxd.url, shop.folder);

  test('bootstrap makes what is missing, and nothing the second time', () => {
    expect(bootstraps.map((text) => text.match(/^made/gm)?.length ?? 0)).toEqual([12, 0]);
  });

  test('a forecast scales a managed component before its load arrives', async () => {
    const file = await writeHistory(shop);
    const token = tokenFile(join(shop.folder, 'tokens/all-token'));
    const text = await shop.run('import', ['--input', file, '--namespace', 'shop'], token);
    expect(text).toContain('of 3 components');
    await expectSoon(
      'REST lists the component',
      async () => (await shop.rest('GET', '/v1/components')).text,
      (body) => body.includes('"name":"cart"'),
      { withinMs: 30_000 },
    );
    const manage = { components: [{ name: 'cart', managed: true }] };
    expect((await shop.rest('POST', '/v1/components', manage)).status).toBe(200);
    expect((await shop.rest('GET', '/v1/train')).text).toBe('"Train module executed successfully"');
    expect((await shop.rest('GET', '/v1/inference')).text).toBe('"Infence complete sucessfully"');
    await expectSoon(
      'the APIService is available',
      () => shop.controlPlane.admin.find(API_SERVICE),
      (object) => conditionOf(object, 'Available')?.status === 'True',
      { withinMs: 40_000 },
    );
    const begun = performance.now();
    let expected = 0;
    await expectSoon(
      'the HPA controller moves cart to what its forecast asks for',
      async () => {
        expected = await expectedReplicas(shop, 'cart', LEAD_MS);
        return [expected, await replicasOf(shop, 'cart')];
      },
      ([wanted, is]) => wanted === is,
      { withinMs: 120_000, everyMs: 1000 },
    );
    print(`cart on InfluxDB: ${expected} replicas in ${seconds(begun)}`);
  });

  test('samples taken while the store is away are in history afterwards, and the metric is answered all along', async () => {
    await expectSoon('usage is sampled', sampleCounts, (counts) => (counts.get('cart') ?? 0) > 0, {
      withinMs: 120_000,
      everyMs: 1000,
    });
    const before = (await sampleCounts()).get('cart') ?? 0;
    await influxd.stop();
    const away = performance.now();
    const refused: number[] = [];
    let asked = 0;
    // At least one more minute is sampled meanwhile.
    await expectSoon(
      'history waits on disk',
      async () => {
        asked += 1;
        const { status } = await shop.metric('cart');
        if (status !== 200) refused.push(status);
        return waitsOnDisk(all);
      },
      (waits) => waits && performance.now() - away > 61_000,
      { withinMs: 200_000, everyMs: 1000 },
    );
    const health = await shop.rest('GET', '/v1/health');
    expect([health.status, health.text]).toEqual([503, expect.stringContaining('"store"')]);
    const lasted = seconds(away);
    await influxd.start();
    const after = await expectSoon(
      'what was sampled meanwhile is in history',
      async () => (await sampleCounts()).get('cart') ?? 0,
      (count) => count >= before + 1,
      { withinMs: 60_000, everyMs: 1000 },
    );
    print(
      `store away for ${lasted}: samples ${before} -> ${after}, ${asked} metrics asked, ${refused.length} refused`,
    );
    expect(refused).toEqual([]);
  });
});

const tokenFile = (file: string): Settings => ({ store: { tokenFile: file } });

/** Minutes sampled of each component in the last hour, over all its buckets, from the database itself. */
async function countSamples(url: string, folder: string): Promise<ReadonlyMap<string, number>> {
  const token = (await readFile(join(folder, 'tokens/all-token'), 'utf8')).trim();
  const query = `from(bucket: "history") |> range(start: -16m, stop: 1h)
    |> filter(fn: (r) => r._measurement == "usage" and r._field == "sample_count")
    |> group(columns: ["component"]) |> sum()`;
  const response = await fetch(`${url}/api/v2/query?org=self-scaling`, {
    method: 'POST',
    headers: { authorization: `Token ${token}`, 'content-type': 'application/vnd.flux' },
    body: query,
  });
  const [header, ...rows] = (await response.text())
    .trim()
    .split(/\r?\n/)
    .map((row) => row.split(','));
  const [at, name] = [header?.indexOf('_value') ?? -1, header?.indexOf('component') ?? -1];
  return new Map(rows.map((row) => [row[name] ?? '', Number(row[at])]));
}

/** Whether the log says that history waits on disk. */
const waitsOnDisk = async (all: OurProcess): Promise<boolean> =>
  (await all.lines()).some(({ text }) => text.includes('history waits on disk'));
