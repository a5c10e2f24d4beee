import { execFileSync } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { refusal, storeUnavailable } from '../domain/errors.ts';
import { silentLog } from '../domain/log.ts';
import { systemClock } from '../domain/clock.ts';
import { TEN } from '../test/builders.ts';
import { anyStore } from '../test/observable-store.ts';
import type { Kube } from '../kube/request.ts';
import { createMeters } from '../api/meters.ts';
import { observedStore, storeWatch } from './observed-store.ts';
import { runBoard } from './run-board.ts';
import { tracedBoard, tracedKube } from './traced.ts';
import { openTracing } from './tracing.ts';

type Span = {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly status: { readonly code: number; readonly message?: string };
  readonly attributes: readonly { readonly key: string; readonly value: object }[];
};
type Export = {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly { key: string; value: object }[] };
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
  }[];
};

const { signal } = new AbortController();
const ABOUT = { role: 'trainer', version: '1.2.3' };
const exports: Export[] = [];
const paths = new Set<string>();
const collector = createServer((request, response) => void receive(request, response));
async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  paths.add(`${request.method} ${request.url}`);
  exports.push(JSON.parse(await text(request)) as Export);
  response.setHeader('content-type', 'application/json').end('{}');
}
let endpoint: string;
beforeAll(async () => {
  await new Promise<void>((done) => collector.listen(0, '127.0.0.1', done));
  const address = collector.address();
  endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});
afterAll(() => collector.close());

test('a run arrives as a trace, with what it asked of the store and of Kubernetes below it', async () => {
  const tracing = await openTracing({ otlpEndpoint: endpoint, sampleRatio: 1 }, ABOUT, silentLog);
  const memory = anyStore();
  const store = observedStore(memory, storeWatch(createMeters(), tracing));
  const kube = tracedKube<Kube>(
    {
      server: 'https://fake',
      ask: () => Promise.reject(refusal('FORBIDDEN', 'a secret of the cluster')),
      follow: () => Promise.reject(storeUnavailable('not asked')),
    },
    tracing,
  );
  const board = tracedBoard(
    runBoard(memory, systemClock, () => TEN, silentLog),
    tracing,
  );
  const ended = await board.perform(
    { kind: 'train', trigger: 'start', name: 'whole' },
    async () => {
      await store.all(signal);
      const ask = { path: '/api/v1/pods', query: { continue: 'token' } };
      await kube.ask(ask, signal).catch(() => undefined);
      return [];
    },
    signal,
  );
  expect(ended.state).toBe('done');
  await tracing[Symbol.asyncDispose]();

  expect([...paths]).toEqual(['POST /v1/traces']);
  const [sent] = exports.flatMap(({ resourceSpans }) => resourceSpans);
  expect(JSON.stringify(sent?.resource)).toContain('self-scaling-trainer');
  const spans = sent?.scopeSpans.flatMap((scope) => scope.spans) ?? [];
  const run = spans.find(({ name }) => name === 'run train');
  expect(run?.attributes).toContainEqual({
    key: 'run.id',
    value: { stringValue: ended.id },
  });
  const below = spans.filter(({ parentSpanId }) => parentSpanId === run?.spanId);
  expect(below.map(({ name, status }) => [name, status.code, status.message])).toEqual([
    ['store settings', 0, undefined],
    ['kubernetes GET', 2, 'FORBIDDEN'],
  ]);
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  expect(JSON.stringify(sent)).not.toMatch(/a secret|token/);
});

test('of a share of 0 nothing is sent', async () => {
  exports.length = 0;
  const tracing = await openTracing({ otlpEndpoint: endpoint, sampleRatio: 0 }, ABOUT, silentLog);
  expect(await tracing.within('run', {}, async () => 7)).toBe(7);
  tracing.begin('store', {})();
  await tracing[Symbol.asyncDispose]();
  expect(exports).toEqual([]);
});

test('a collector that is not there disturbs no work, and no end', async () => {
  const gone = { otlpEndpoint: 'http://127.0.0.1:1', sampleRatio: 1 };
  const tracing = await openTracing(gone, ABOUT, silentLog);
  expect(await tracing.within('run', {}, async () => 7)).toBe(7);
  await expect(tracing.within('run', {}, () => Promise.reject(new Error('own')))).rejects.toThrow(
    'own',
  );
  await tracing[Symbol.asyncDispose](); // its last spans are waited for, but not for long
});

/** All that a role imports, and then tracing as it is set. */
const PROGRAM = `
  import { registerHooks } from 'node:module';
  registerHooks({
    resolve(name, context, next) {
      // prom-client has a use of its own for the small one, the API.
      const isOurs = !context.parentURL?.includes('/node_modules/');
      if (isOurs && name.startsWith('@opentelemetry/')) process.stdout.write(name + ' ');
      return next(name, context);
    },
  });
  const { openTracing } = await import('./main/tracing.ts');
  await import('./main/roles.ts');
  const log = { info() {} };
  const tracing = await openTracing(JSON.parse(process.argv[1]), { role: 'all', version: '1' }, log);
  await tracing[Symbol.asyncDispose]();
  process.exit();
`;

test.each([
  ['', /^$/],
  ['http://127.0.0.1:1', /@opentelemetry\/sdk-trace/],
])('with the endpoint "%s" what is loaded is %s', (otlpEndpoint, loaded) => {
  const settings = JSON.stringify({ otlpEndpoint, sampleRatio: 1 });
  const said = execFileSync(
    process.execPath,
    ['--input-type=module', '--eval', PROGRAM, settings],
    { cwd: resolve(import.meta.dirname, '..'), encoding: 'utf8' },
  );
  expect(said).toMatch(loaded);
});
