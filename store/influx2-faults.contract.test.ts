import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { UsageBucket } from '../domain/bucket.ts';
import { silentLog, type Log } from '../domain/log.ts';
import { cores, days, epochMs } from '../domain/units.ts';
import { aBucket } from '../test/builders.ts';
import { faultProxy, type Asked, type Fault } from '../test/fault-proxy.ts';
import { bootstrapOptions, freshInfluxStore, OPERATOR } from '../test/influx-store.ts';
import { startInfluxd, whyNoInfluxd, type Influxd } from '../test/influxd.ts';
import {
  anIssueOf,
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

const missing = whyNoInfluxd();
const AWAY = { code: 'STORE_UNAVAILABLE' };
/** Short, for requests that are never answered. */
const timeoutMs = 300;
const isWrite = ({ path }: Asked): boolean => path.startsWith('/api/v2/write');
const isQuery = ({ path }: Asked): boolean => path.startsWith('/api/v2/query');
const many = (count: number): UsageBucket[] =>
  Array.from({ length: count }, (_, index) =>
    aBucket({ key: component(`part-${index}`), start: at(-1) }),
  );

describe.skipIf(missing !== undefined)(`InfluxDB with faults ${missing ?? ''}`, () => {
  let influxd: Influxd;
  let proxy: Awaited<ReturnType<typeof faultProxy>>;
  beforeAll(async () => {
    influxd = await startInfluxd();
    proxy = await faultProxy(influxd.url);
    return async () => {
      await proxy[Symbol.asyncDispose]();
      await influxd[Symbol.asyncDispose]();
    };
  });
  beforeEach(() => proxy.faults(() => undefined));

  test.each<[Fault]>([
    [{ status: 400, body: '<html>plain HTTP sent to an HTTPS port</html>' }],
    [{ status: 401 }],
    [{ status: 403 }],
    [{ status: 404 }],
    [{ status: 429 }],
    [{ status: 500 }],
    [{ status: 503 }],
    ['hang'],
    ['cut before it arrives'],
    ['cut after it arrived'],
  ])('a write that ends with %j is an outage', async (fault) => {
    const { store } = await freshInfluxStore(influxd.url, { url: proxy.url, timeoutMs });
    proxy.faults((asked) => (isWrite(asked) ? fault : undefined));
    await expect(store.appendHistory([aBucket()], signal)).rejects.toMatchObject(AWAY);
    await expect(store.set([aSetting()], signal)).rejects.toMatchObject(AWAY);
  });

  test.each<[Fault]>([
    [{ status: 400 }],
    [{ status: 404 }],
    [{ status: 503 }],
    ['hang'],
    ['cut before it arrives'],
    ['cut in the middle of the answer'],
    ['hang in the middle of the answer'],
    [{ status: 200, body: '#datatype,string,string\n,error,reference\n,boom,1\n' }],
  ])('a read that ends with %j is an outage, and nothing of it is handed out', async (fault) => {
    const { store } = await freshInfluxStore(influxd.url, { url: proxy.url, timeoutMs });
    await store.appendHistory(many(300), signal);
    proxy.faults((asked) => (isQuery(asked) && asked.body.includes('_value') ? fault : undefined));
    const handedOut: unknown[] = [];
    const reading = (async () => {
      for await (const column of store.readHistory('everybody', 'cpu', LATELY, signal)) {
        handedOut.push(column);
      }
    })();
    await expect(reading).rejects.toMatchObject(AWAY);
    expect(handedOut).toEqual([]);
  });

  test.each<[Fault, string]>([
    ['hang', 'does not answer within 2 s'],
    ['cut before it arrives', 'does not answer'],
    [{ status: 401 }, 'refuses the token'],
    [{ status: 404 }, 'has no such bucket or organisation'],
    [{ status: 500 }, 'answers 500'],
  ])('asked how it is, one that %j says why', async (fault, why) => {
    const { store } = await freshInfluxStore(influxd.url, { url: proxy.url });
    proxy.faults(() => fault);
    expect(await store.check(signal)).toEqual({ ok: false, why: expect.stringContaining(why) });
  });

  test('a real wrong token, a real missing bucket and a port where nobody listens say which', async () => {
    const { options } = await freshInfluxStore(influxd.url);
    const why = async (about: Partial<typeof options>): Promise<unknown> =>
      await openInflux2Store({ ...options, ...about }, silentLog).check(signal);
    expect(await why({ token: 'wrong' })).toMatchObject({
      why: expect.stringContaining('refuses the token'),
    });
    const buckets = { ...options.buckets, issue: 'nobody' };
    expect(await why({ buckets })).toMatchObject({
      why: expect.stringContaining('has no such bucket'),
    });
    expect(await why({ url: 'http://127.0.0.1:9' })).toMatchObject({
      why: expect.stringContaining('does not answer'),
    });
  });

  test('who gives up while the server hangs gets his own reason back', async () => {
    const { store } = await freshInfluxStore(influxd.url, { url: proxy.url });
    const caller = new AbortController();
    const reason = new Error('the round is over');
    proxy.faults(() => {
      caller.abort(reason);
      return 'hang';
    });
    await expect(store.readFuture(LATELY, caller.signal)).rejects.toBe(reason);
    await expect(store.check(caller.signal)).rejects.toBe(reason);
  });

  test('a store that is closed lets go of what hangs', async () => {
    const { store } = await freshInfluxStore(influxd.url, { url: proxy.url });
    proxy.faults(() => {
      void store[Symbol.asyncDispose]();
      return 'hang';
    });
    await expect(store.set([aSetting()], signal)).rejects.toMatchObject(AWAY);
    await expect(store.all(signal)).rejects.toMatchObject(AWAY);
  });

  test('one line that InfluxDB cannot read, among 5,001, costs that line', async () => {
    const errors: unknown[] = [];
    const log: Log = { ...silentLog, error: (members) => errors.push(members) };
    const { options } = await freshInfluxStore(influxd.url);
    const losses: number[] = [];
    const lost = (lines: number): unknown => losses.push(lines);
    const store = openInflux2Store({ ...options, url: proxy.url, lost }, log);
    const broken = (body: string): string =>
      body.replace(/(component=part-4321,\S+ )cpu_cores=/, '$1cpu_cores=broken');
    proxy.faults((asked) => (isWrite(asked) ? { rewrite: broken } : undefined));
    const written = many(5001);
    await store.appendHistory(written, signal);
    const found = await store.readBuckets(LATELY, signal);
    expect(found).toHaveLength(5000);
    expect(found.some(({ key }) => key.component === 'part-4321')).toBe(false);
    expect(errors).toEqual([expect.objectContaining({ bucket: 'history' })]);
    expect(losses).toEqual([1]);
  });

  test('a bucket that stands alone and cannot be read is refused, not lost in silence', async () => {
    const { store } = await freshInfluxStore(influxd.url, { url: proxy.url });
    const broken = (body: string): string => body.replaceAll('cpu_cores=', 'cpu_cores=broken');
    proxy.faults((asked) => (isWrite(asked) ? { rewrite: broken } : undefined));
    await expect(store.appendHistory([aBucket()], signal)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
    });
    await expect(store.appendHistory(many(10), signal)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
    });
  });

  test('a request that is too large for the server is halved until it is not', async () => {
    const { store } = await freshInfluxStore(influxd.url, { url: proxy.url });
    proxy.faults((asked) =>
      isWrite(asked) && asked.body.length > 50_000 ? { status: 413 } : undefined,
    );
    await store.appendHistory(many(1000), signal);
    expect(await bucketsOf(store)).toHaveLength(1000);
  });

  test('what is older than the retention is left out, and the rest is written', async () => {
    const losses: number[] = [];
    const lost = (lines: number): unknown => losses.push(lines);
    const { options } = await freshInfluxStore(influxd.url);
    await using store = openInflux2Store({ ...options, lost }, silentLog);
    const old = aBucket({ start: epochMs(at(0) - days(100)) });
    await store.appendHistory([old, ...many(2)], signal);
    expect(await bucketsOf(store)).toEqual(many(2));
    expect(losses).toEqual([1]);
  });

  test('settings are one request: when it is refused, none of them is set', async () => {
    const { store } = await freshInfluxStore(influxd.url, { url: proxy.url });
    proxy.faults((asked) =>
      isWrite(asked)
        ? { rewrite: (body) => body.replace(/name=b doc=/, 'name=b doc=broken') }
        : undefined,
    );
    const entries = ['a', 'b', 'c'].map((name) => aSetting({ name }));
    await expect(store.set(entries, signal)).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    expect(await settingsOf(store)).toEqual([]);
  });

  test('a reader between the points and the issue sees the forecast before, whole', async () => {
    const { store } = await freshInfluxStore(influxd.url, { url: proxy.url });
    await store.writeFuture([anIssueOf(1)], signal);
    const before = await store.readFuture(LATELY, signal);
    proxy.faults(({ path }) => (path.includes('-issue') ? { status: 503 } : undefined));
    const second = anIssueOf(2, { issuedAt: epochMs(at(0) + 1000), run: 'train-2' });
    await expect(store.writeFuture([second], signal)).rejects.toMatchObject(AWAY);
    proxy.faults(() => undefined);
    expect(await store.readFuture(LATELY, signal)).toEqual(before);
  });

  test('vintages are there before the issue, and are frozen once when it is written again', async () => {
    const { store } = await freshInfluxStore(influxd.url, { url: proxy.url });
    const vintages = async () => {
      const found: unknown[] = [];
      for await (const one of store.readVintages(1, LATELY, signal)) found.push(one);
      return found;
    };
    proxy.faults(({ path }) => (path.includes('-issue') ? { status: 503 } : undefined));
    await expect(store.writeFuture([anIssueOf(2)], signal)).rejects.toMatchObject(AWAY);
    proxy.faults(() => undefined);
    expect(await store.readFuture(LATELY, signal)).toEqual([]);
    const cut = await vintages();
    expect(cut).toHaveLength(1);
    await store.writeFuture([anIssueOf(2)], signal);
    expect(await vintages()).toEqual(cut);
    proxy.faults(({ path }) => (path.includes('-future') ? { status: 503 } : undefined));
    await expect(store.writeFuture([anIssueOf(3)], signal)).rejects.toMatchObject(AWAY);
    proxy.faults(() => undefined);
    expect(await vintages()).toEqual(cut);
  });

  test('a damaged document hides neither the others nor the reason', async () => {
    const warnings: unknown[] = [];
    const log: Log = { ...silentLog, warn: (members) => warnings.push(members) };
    const { options } = await freshInfluxStore(influxd.url);
    const store = openInflux2Store({ ...options, url: proxy.url }, log);
    proxy.faults((asked) =>
      isWrite(asked)
        ? { rewrite: (body) => body.replace(/(component=api,.*doc=)".*"/, '$1"{}"') }
        : undefined,
    );
    await store.writeFuture([anIssueOf(1), { ...anIssueOf(2), key: component('api') }], signal);
    expect((await store.readFuture(LATELY, signal)).map(({ key }) => key)).toEqual([
      anIssueOf(1).key,
    ]);
    expect(warnings).toEqual([{ component: 'shop/api' }]);
  });

  test('a controller may forget: what it may not delete is left to expire', async () => {
    const prefix = 'roles-';
    const { options } = await freshInfluxStore(influxd.url);
    const buckets = {
      history: `${prefix}history`,
      future: `${prefix}future`,
      issue: `${prefix}issue`,
      eval: `${prefix}eval`,
      system: `${prefix}system`,
    };
    const scopes = ['controller', 'trainer'] as const;
    const { tokens } = await bootstrapInflux(
      bootstrapOptions(influxd.url, { buckets, renew: [...scopes] }),
      silentLog,
      signal,
    );
    const storeOf = (token = OPERATOR) =>
      openInflux2Store({ ...options, buckets, token }, silentLog);
    const controller = storeOf(tokens.get('controller'));
    const trainer = storeOf(tokens.get('trainer'));
    await controller.appendHistory([aBucket({ start: at(-1) })], signal);
    await trainer.writeFuture([anIssueOf(1)], signal);
    await expect(controller.writeFuture([anIssueOf(1)], signal)).rejects.toMatchObject(AWAY);
    await expect(trainer.appendHistory([aBucket()], signal)).rejects.toMatchObject({
      ...AWAY,
      message: expect.stringContaining('does not let the token do this'),
    });
    await controller.forget(aBucket().key, signal);
    expect(await bucketsOf(controller)).toEqual([]);
    expect(await controller.readFuture(LATELY, signal)).toHaveLength(1);
  });

  test('a store that another process wrote is asked for its counts before it is overwritten', async () => {
    const { options } = await freshInfluxStore(influxd.url);
    const one = openInflux2Store(options, silentLog);
    const other = openInflux2Store(options, silentLog);
    const full = aBucket({ start: at(-1), sampleCount: 9 });
    await one.appendHistory([full], signal);
    await other.appendHistory([{ ...full, sampleCount: 8, cpu: cores(9) }], signal);
    expect(await bucketsOf(one)).toEqual([full]);
    await other.appendHistory([{ ...full, sampleCount: 10 }], signal);
    expect(await bucketsOf(one)).toEqual([{ ...full, sampleCount: 10 }]);
  });
});
