import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { UsageBucket } from '../domain/bucket.ts';
import { bytes, cores, epochMs, minutes, STEP } from '../domain/units.ts';
import { aBucket, TEN } from '../test/builders.ts';
import { importCsv, type ImportOptions } from './import-csv.ts';

const { signal } = new AbortController();
const seconds = (minute: number): number => (TEN + minutes(minute)) / 1000;

async function* linesOf(text: string) {
  yield* text.split('\n');
}

async function imported(text: string, options: Partial<ImportOptions> = {}) {
  const buckets: UsageBucket[] = [];
  const writes: number[] = [];
  const sink = {
    async appendHistory(some: readonly UsageBucket[]) {
      writes.push(some.length);
      buckets.push(...some);
    },
  };
  const summary = await importCsv(linesOf(text), { namespace: 'shop', ...options }, sink, signal);
  return { summary, buckets, writes };
}

const bucket = (cpu: number, memory: number, about: Partial<UsageBucket> = {}): UsageBucket =>
  aBucket({
    cpu: cores(cpu),
    cpuMax: cores(cpu),
    memory: bytes(memory),
    memoryMax: bytes(memory),
    replicasReady: 0,
    sampleCount: 1,
    ...about,
  });

describe('formats', () => {
  test.each([
    [
      'long',
      `timestamp,component,cpu_cores,memory_bytes\n${seconds(0)},cart,0.5,1024`,
      bucket(0.5, 1024),
    ],
    [
      'long with namespaces, in another order',
      `timestamp,namespace,component,memory_bytes,cpu_cores\n${seconds(0)},web,cart,1024,0.5`,
      bucket(0.5, 1024, { key: { namespace: 'web', component: 'cart' } }),
    ],
    [
      'wide with cpu and memory',
      `timestamp,cart,cart/memory\n${seconds(0)},0.5,1024`,
      bucket(0.5, 1024),
    ],
    [
      'wide with namespaces',
      `timestamp,web/cart/cpu,web/cart/memory\n${seconds(0)},0.5,1024`,
      bucket(0.5, 1024, { key: { namespace: 'web', component: 'cart' } }),
    ],
    ['a single series', `timestamp,value\n${seconds(0)},0.5`, bucket(0.5, 4096)],
    ['milliseconds', `timestamp,value\n${TEN},0.5`, bucket(0.5, 4096)],
    ['RFC 3339', 'timestamp,value\n2026-11-24T11:00:00+01:00,0.5', bucket(0.5, 4096)],
    [
      'quotes, comments, blank lines and a mark of the byte order',
      `\uFEFF# from a dashboard\r\n"timestamp","value"\r\n\r\n${seconds(0)},"0.5"\r`,
      bucket(0.5, 4096),
    ],
  ])('%s', async (_, text, expected) => {
    const { buckets } = await imported(text, { component: 'cart', memoryBytes: 4096 });
    expect(buckets).toEqual([expected]);
  });
});

test('rows of a minute are averaged over the quarter hour, and the summary counts them', async () => {
  const { buckets, summary } = await imported(
    `timestamp,cart,cart/memory\n${seconds(1)},1,10\n${seconds(14)},3,30\n${seconds(15)},5,50`,
  );
  expect(buckets).toEqual([
    bucket(2, 20, { cpuMax: cores(3), memoryMax: bytes(30), sampleCount: 2 }),
    bucket(5, 50, { start: epochMs(TEN + STEP) }),
  ]);
  expect(summary).toEqual({
    rows: 3,
    gaps: 0,
    buckets: 2,
    components: 1,
    from: TEN,
    to: TEN + 2 * STEP,
  });
});

test('a cell left empty is a gap, never a zero', async () => {
  const { buckets, summary } = await imported(
    `timestamp,a,b\n${seconds(0)},1,\n${seconds(15)},,2\n${seconds(30)},3,4`,
    { memoryBytes: 1 },
  );
  expect(buckets.map(({ key, start, cpu }) => [key.component, start, cpu])).toEqual([
    ['a', TEN, 1],
    ['b', TEN + STEP, 2],
    ['a', TEN + 2 * STEP, 3],
    ['b', TEN + 2 * STEP, 4],
  ]);
  expect(summary.gaps).toBe(2);
});

test('a dry run checks and counts, and writes nothing', async () => {
  const { summary, writes } = await imported(`timestamp,cart\n${seconds(0)},1`, {
    dryRun: true,
    memoryBytes: 1,
  });
  expect(summary.buckets).toBe(1);
  expect(writes).toEqual([]);
});

describe('what cannot be read is named by line and column, and then nothing is written', () => {
  test.each([
    ['an empty file', '', 'line 1, column 1: no row has a value'],
    ['no header', '1,2', /line 1, column 1: a header is needed: timestamp,component/],
    [
      'values of nobody',
      'timestamp,value\n1,2',
      'line 1, column 2: whose usage "value" is, is not said; name the component with --component',
    ],
    ['a header alone', 'timestamp,a,a/memory', 'line 1, column 1: no row has a value'],
    [
      'no memory',
      'timestamp,a',
      'line 1, column 2: shop/a has no memory; add a column "shop/a/memory"',
    ],
    [
      'no memory in the long format',
      'timestamp,component,cpu_cores',
      'line 1, column 1: there is no column memory_bytes; add it, or say how many bytes',
    ],
    ['memory alone', 'timestamp,a/memory', 'line 1, column 2: shop/a has no column of its cpu'],
    ['a column twice', 'timestamp,a,a', 'line 1, column 3: column "a" is there twice'],
    [
      'a series twice',
      'timestamp,a,a/cpu,a/memory',
      'line 1, column 3: shop/a has this resource twice',
    ],
    [
      'a strange column',
      'timestamp,component,x',
      'line 1, column 3: column "x" is none of component',
    ],
    [
      'a strange name',
      'timestamp,A_b,A_b/memory',
      'line 1, column 2: "A_b" is not a Kubernetes name',
    ],
    ['a long path', 'timestamp,a/b/c,a/memory', 'line 1, column 2: "b/c" is not a Kubernetes name'],
    ['a value without a component', 'timestamp,value,value/memory\n1,2', 'cells; the header has 3'],
    [
      'a bad instant',
      'timestamp,a,a/memory\nsoon,1,1',
      'line 2, column 1: "soon" is not an instant',
    ],
    [
      'no number',
      'timestamp,a,a/memory\n1,x,1',
      'line 2, column 2: "x" is not a number; leave a gap empty',
    ],
    ['NaN', 'timestamp,a,a/memory\n1,1,NaN', 'line 2, column 3: "NaN" is not a number'],
    ['a negative', 'timestamp,a,a/memory\n1,-1,1', 'line 2, column 2: "-1" is negative'],
    ['a short row', 'timestamp,a,a/memory\n1,1', 'line 2, column 3: 2 cells; the header has 3'],
    [
      'an instant twice',
      'timestamp,a,a/memory\n1,1,1\n1,1,1',
      'line 3, column 1: shop/a is not in order',
    ],
    [
      'hourly rows',
      'timestamp,a,a/memory\n0,1,1\n3600,1,1',
      'a value every 60 minutes; at most 15',
    ],
  ])('%s', async (_, text, message) => {
    const sink = { appendHistory: () => expect.unreachable('nothing may be written') };
    await expect(importCsv(linesOf(text), { namespace: 'shop' }, sink, signal)).rejects.toThrow(
      message,
    );
  });

  test('all at once, but not without end', async () => {
    const many = `timestamp,a,a/memory\n${'1,x,y\n'.repeat(1000)}`;
    const failure = await imported(many).catch((reason: unknown) => reason);
    expect(String(failure).match(/line \d+, column \d+/g)).toHaveLength(20);
  });

  test('a bad row after a thousand good ones leaves nothing behind', async () => {
    const good = Array.from({ length: 1000 }, (_, index) => `${seconds(index * 15)},1,1`);
    await expect(
      importCsv(
        linesOf(['timestamp,a,a/memory', ...good, 'x,1,1'].join('\n')),
        { namespace: 'shop' },
        { appendHistory: () => expect.unreachable('nothing may be written') },
        signal,
      ),
    ).rejects.toThrow('line 1002, column 1');
  });
});

test('no sample of a file is lost and none is counted twice', async () => {
  const cell = fc.option(fc.nat({ max: 4096 }), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1 }), async (rows) => {
      const body = rows.map(([a, b], minute) => `${seconds(minute)},${a ?? ''},${b ?? ''}`);
      const given = rows.flat().filter((value) => value !== undefined);
      if (given.length === 0) return;
      const { buckets, summary } = await imported(`timestamp,a,b\n${body.join('\n')}`, {
        memoryBytes: 1,
      });
      expect(buckets.reduce((sum, { sampleCount }) => sum + sampleCount, 0)).toBe(given.length);
      expect(summary.gaps).toBe(rows.length * 2 - given.length);
      const total = buckets.reduce((sum, { cpu, sampleCount }) => sum + cpu * sampleCount, 0);
      expect(total).toBeCloseTo(
        given.reduce((sum, value) => sum + value, 0),
        6,
      );
    }),
  );
});

test('a real trace of eight services is read, gaps and all', async ({ skip }) => {
  const trace = new URL('../../shared/traces/15min/crane_dsp.csv', import.meta.url);
  skip(!existsSync(trace), 'no traces: put them at ../shared/traces');
  const text = readFileSync(trace, 'utf8');
  const cells = text
    .trim()
    .split('\n')
    .slice(1)
    .flatMap((line) => line.split(',').slice(1))
    .filter((cell) => cell.trim() !== '');
  const { summary, writes } = await imported(text, { memoryBytes: 2 ** 28 });
  expect(summary).toMatchObject({ components: 8, buckets: cells.length });
  expect(writes.every((count) => count <= 5000)).toBe(true);
});
