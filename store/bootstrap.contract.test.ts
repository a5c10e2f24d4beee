import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../domain/log.ts';
import { days, hours } from '../domain/units.ts';
import { faultProxy } from '../test/fault-proxy.ts';
import { bootstrapOptions, bucketNames, OPERATOR, ORG } from '../test/influx-store.ts';
import { startInfluxd, whyNoInfluxd, type Influxd } from '../test/influxd.ts';
import { bootstrapInflux, type BootstrapOptions } from './bootstrap.ts';

const missing = whyNoInfluxd();
const { signal } = new AbortController();
const run = (options: BootstrapOptions) => bootstrapInflux(options, silentLog, signal);
const BUCKETS = ['history', 'future', 'issue', 'eval', 'system'] as const;
const SCOPES = ['controller', 'trainer', 'adapter', 'all', 'grafana'] as const;
const EVERY = '/buckets?limit=100';

describe.skipIf(missing !== undefined)(`bootstrap of a real InfluxDB ${missing ?? ''}`, () => {
  let influxd: Influxd;
  beforeEach(async () => {
    influxd = await startInfluxd();
    return () => influxd[Symbol.asyncDispose]();
  });
  const api = async (path: string, token = OPERATOR): Promise<string> => {
    const headers = { authorization: `Token ${token}` };
    return await (await fetch(`${influxd.url}/api/v2${path}`, { headers })).text();
  };
  const everything = async () => [
    await api('/orgs'),
    await api(EVERY),
    await api('/authorizations'),
  ];

  test('makes everything, and the second time nothing', async () => {
    const first = await run(bootstrapOptions(influxd.url));
    expect([...first.tokens.keys()]).toEqual(SCOPES);
    expect(first.adminToken).toBeUndefined();
    expect(first.found).toEqual([]);
    const before = await everything();
    const second = await run(bootstrapOptions(influxd.url));
    expect(second.tokens.size).toBe(0);
    expect(second.made).toEqual([]);
    expect(second.found).toContain('token controller');
    expect(await everything()).toEqual(before);
  });

  test('an operator token that InfluxDB made is in the answer, and is needed from then on', async () => {
    const { adminToken: _, ...options } = bootstrapOptions(influxd.url);
    const { adminToken } = await run(options);
    await expect(run(options)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(await run({ ...options, adminToken: adminToken! })).toMatchObject({ made: [] });
    await expect(run({ ...options, adminToken: 'wrong' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('give the operator token'),
    });
  });

  test('a token that is lost is replaced, and the lost one is dead', async () => {
    const first = await run(bootstrapOptions(influxd.url));
    const again = await run(bootstrapOptions(influxd.url, { renew: ['adapter'] }));
    expect([...again.tokens.keys()]).toEqual(['adapter']);
    expect(await api(EVERY, first.tokens.get('adapter'))).toContain('unauthorized');
    expect(await api(EVERY, again.tokens.get('adapter'))).toContain('"name": "issue"');
    expect(await api(EVERY, first.tokens.get('controller'))).toContain('"name": "history"');
  });

  test('a retention becomes longer when asked for, and never shorter', async () => {
    const { retention } = bootstrapOptions('');
    await run(bootstrapOptions(influxd.url));
    const seconds = async (name: string): Promise<unknown> =>
      JSON.parse(await api(`/buckets?name=${name}`)).buckets[0].retentionRules[0].everySeconds;
    const other = { ...retention, history: days(7), future: days(60), issue: hours(72) };
    const { made } = await run(bootstrapOptions(influxd.url, { retention: other }));
    expect(made).toEqual(['longer retention of future', 'longer retention of issue']);
    expect(await Promise.all(['history', 'future', 'issue'].map(seconds))).toEqual([
      90 * 86_400,
      60 * 86_400,
      72 * 3600,
    ]);
  });

  test('cut off at any of its requests and run again, it ends the same', async () => {
    await using proxy = await faultProxy(influxd.url);
    await run(bootstrapOptions(influxd.url));
    let cuts = 0;
    for (let cutAt = 1, isCut = true; isCut; cutAt += 1) {
      const org = `org-${cutAt}`;
      const buckets = bucketNames(`${cutAt}-`);
      let count = 0;
      proxy.faults(() => {
        count += 1;
        return count === cutAt ? 'cut after it arrived' : undefined;
      });
      const options = bootstrapOptions(proxy.url, { org, buckets });
      isCut = await run(options).then(
        () => false,
        () => true,
      );
      cuts += Number(isCut);
      proxy.faults(() => undefined);
      await run({ ...options, renew: [...SCOPES] });
      const { orgs } = JSON.parse(await api(`/orgs?org=${org}`));
      const made = JSON.parse(await api(`/authorizations?orgID=${orgs[0].id}`)).authorizations;
      expect(made.map(({ description }: { description: string }) => description)).toEqual(
        SCOPES.map((scope) => `self-scaling ${scope}`),
      );
      const kept = JSON.parse(await api(`/buckets?orgID=${orgs[0].id}&limit=100`)).buckets;
      const names = kept.map(({ name }: { name: string }) => name);
      expect(names.filter((name: string) => !name.startsWith('_')).toSorted()).toEqual(
        Object.values(buckets).toSorted(),
      );
    }
    expect(cuts).toBeGreaterThan(15);
  });

  test('cut off after its first request, it goes on with the token it was given', async () => {
    await using proxy = await faultProxy(influxd.url);
    proxy.faults(({ method, path }) =>
      method === 'POST' && path === '/api/v2/setup' ? 'cut after it arrived' : undefined,
    );
    await expect(run(bootstrapOptions(proxy.url))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    proxy.faults(() => undefined);
    expect((await run(bootstrapOptions(proxy.url))).tokens.size).toBe(5);
  });

  test('without a database there is no answer', async () => {
    await influxd.stop();
    await expect(run(bootstrapOptions(influxd.url))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
  });
});

describe.skipIf(missing !== undefined)('each token can do what its role needs, and no more', () => {
  let influxd: Influxd;
  let tokens: ReadonlyMap<string, string>;
  beforeAll(async () => {
    influxd = await startInfluxd();
    ({ tokens } = await run(bootstrapOptions(influxd.url)));
    return () => influxd[Symbol.asyncDispose]();
  });

  const ask = async (path: string, token: string, type: string, body: string): Promise<boolean> => {
    const headers = { authorization: `Token ${token}`, 'content-type': type };
    const url = `${influxd.url}/api/v2/${path}org=${ORG}`;
    return (await fetch(url, { method: 'POST', headers, body })).ok;
  };
  const allowed = async (does: (bucket: string) => Promise<boolean>): Promise<string[]> => {
    const answers = await Promise.all(BUCKETS.map(async (one) => ((await does(one)) ? [one] : [])));
    return answers.flat();
  };

  test.each([
    ['controller', BUCKETS, ['history', 'eval', 'system']],
    ['trainer', BUCKETS, ['future', 'issue', 'eval']],
    ['adapter', ['issue', 'system'], []],
    ['all', BUCKETS, BUCKETS],
    ['grafana', ['history', 'future', 'eval'], []],
  ])('%s', async (scope, reads, writes) => {
    const token = tokens.get(scope)!;
    const readable = await allowed((bucket) =>
      ask(
        'query?',
        token,
        'application/vnd.flux',
        `from(bucket: "${bucket}") |> range(start: -1m)`,
      ),
    );
    const writable = await allowed((bucket) =>
      ask(`write?bucket=${bucket}&precision=s&`, token, 'text/plain', 'probe value=1'),
    );
    expect({ readable, writable }).toEqual({ readable: [...reads], writable: [...writes] });
  });
});
