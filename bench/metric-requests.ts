import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:https';
import { externalMetrics } from '../adapter/provider.ts';
import { systemClock } from '../domain/clock.ts';
import { packIssue } from '../domain/packed-forecast.ts';
import { bucketStart, hours, minutes, STEP } from '../domain/units.ts';
import { issueId, snapshot } from '../inference/snapshot.ts';
import { aForecast, anIssue } from '../test/builders.ts';
import { callers, D, fakeReviewer, openMetricsApi, testPki } from '../test/metrics-api/fixture.ts';
import type { Load, Measured } from './request-load.ts';

/*
 * The metric path beside a bare `node:https` server that sends a constant of the same size, in one run, on
 * one core each for server and clients: `node bench/metric-requests.ts [components] [requests]`.
 */

const ROUNDS = 3;
const CONNECTIONS = 64;
const components = Number(process.argv[2] ?? 10_000);
const requests = Number(process.argv[3] ?? 40_000);
const now = systemClock.now();
const names = Array.from({ length: components }, (_, index) => `part-${index}`);

function manyForecasts() {
  const forecast = aForecast(1.2345, { start: bucketStart(now, STEP) });
  const issued = { forecast, issuedAt: now, model: 'network', run: 'train-1' };
  const issues = names.map((component) => {
    const key = { namespace: 'shop', component };
    const issue = packIssue(anIssue({ key, issued }));
    return [issueId(key, 'cpu'), { issue, seenAt: now }] as const;
  });
  const rules = { holdTime: hours(6), level: 0.9, leadTime: minutes(5) };
  return snapshot(now, new Map(issues), new Map(), rules);
}

const requestFor = (component: string): string =>
  [
    `GET ${D}/namespaces/shop/predicted-cpu?labelSelector=component%3D${component} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Accept: application/vnd.kubernetes.protobuf, */*',
    'Accept-Encoding: gzip',
    'User-Agent: kube-controller-manager/v1.36.3',
    'Audit-Id: 5f2f8a4e-6c7e-4c0e-8a39-2d7f6b1e9c01',
    `X-Remote-User: ${callers.H['x-remote-user']}`,
    ...callers.H['x-remote-group'].map((group) => `X-Remote-Group: ${group}`),
    'X-Forwarded-For: 10.0.0.1',
    'X-Forwarded-Host: 10.96.0.1',
    'X-Forwarded-Proto: https',
    '\r\n',
  ].join('\r\n');

type Line = Measured & { readonly name: string; readonly cpuMicroseconds: number };

async function measure(name: string, load: Load, child: ChildProcess): Promise<Line> {
  const before = process.cpuUsage();
  const { promise, resolve } = Promise.withResolvers<Measured>();
  child.once('message', (measured: Measured) => resolve(measured));
  child.send(load);
  const measured = await promise;
  const used = process.cpuUsage(before);
  return { ...measured, name, cpuMicroseconds: (used.user + used.system) / load.requests };
}

const pki = await testPki(now);
const current = manyForecasts();
const reviewer = fakeReviewer();
const api = await openMetricsApi(pki, {
  provider: externalMetrics({ current: () => current }),
  reviewer,
});
const sample = await api.ask(
  `${D}/namespaces/shop/predicted-cpu?labelSelector=component%3Dpart-0`,
  { as: pki.frontProxy, headers: callers.H },
);
const bare = createServer({ ...(await pki.serve()), requestCert: true, rejectUnauthorized: false });
const headers = { 'Content-Type': 'application/json', 'Content-Length': sample.body.length };
bare.on('request', (_, response) => response.writeHead(200, headers).end(sample.body));
await once(bare.listen(0, '127.0.0.1'), 'listening');
const address = bare.address();

const child = fork(new URL('request-load.ts', import.meta.url), { stdio: 'inherit' });
const texts = names.map(requestFor);
const loads = {
  bare: typeof address === 'object' ? (address?.port ?? 0) : 0,
  metrics: api.service.port,
};
const lines: Line[] = [];
for (let round = 0; round <= ROUNDS; round += 1) {
  for (const [name, port] of Object.entries(loads)) {
    const load = { port, ca: pki.servingCa, ...pki.frontProxy, texts, connections: CONNECTIONS };
    const line = await measure(name, { ...load, requests }, child);
    if (round > 0) lines.push(line); // The first round warms both up.
  }
}
child.disconnect();
bare.close();
await api[Symbol.asyncDispose]();

const best = (name: string): Line[] =>
  lines
    .filter((line) => line.name === name)
    .toSorted((a, b) => a.seconds - b.seconds)
    .slice(0, 1);
const [bareSeconds = 0] = best('bare').map(({ seconds }) => seconds);
const rows = [...best('bare'), ...best('metrics')].map((line) => [
  line.name,
  (requests / line.seconds).toFixed(0),
  line.p50.toFixed(2),
  line.p99.toFixed(2),
  (bareSeconds / line.seconds).toFixed(2),
  line.cpuMicroseconds.toFixed(1),
  String(line.failed),
]);
const table = [['server', 'req/s', 'p50 ms', 'p99 ms', 'ratio', 'cpu us/req', 'failed'], ...rows];
process.stdout.write(
  `${components} components, ${requests} requests, ${CONNECTIONS} connections, best of ${ROUNDS}; ${reviewer.asked.length} reviews, RSS ${(process.memoryUsage.rss() / 2 ** 20).toFixed(0)} MiB\n`,
);
for (const row of table) process.stdout.write(`${row.map((cell) => cell.padStart(11)).join('')}\n`);
