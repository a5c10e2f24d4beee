import { fork } from 'node:child_process';
import { systemClock } from '../domain/clock.ts';
import { openServers, rssOf, type Sample, type Server } from './api-servers.ts';
import type { Swap } from './snapshot-swap.ts';

/*
 * The adapter beside a bare `node:https` server and a server of the Go library, in one run, all of them on
 * one core and the client on another: `npm run bench:api -- [requests]`. The servers take turns, so that
 * what else the machine does meets all of them; of five rounds the best counts. Ratios are of CPU time per
 * request: on a full core that is throughput, and it does not depend on who else wants the core. Ends with 5
 * when a gate is missed.
 */

const SIZES = [1, 1000, 10_000, 50_000];
const RATES = [
  { perSecond: 333, beyondMs: 5 },
  { perSecond: 2000, beyondMs: 10 },
];
const ROUNDS = 5;
const PACED_ROUNDS = 3;
const PACED_SECONDS = 4;
const GO_SHARE = 5;
const MISSED = 5;
const requests = Number(process.argv[2] ?? 40_000);

type Line = {
  readonly server: Server;
  readonly components: number;
  readonly perSecond: number;
  /** Microseconds of CPU. */
  readonly cost: number;
};
const gates: { readonly what: string; readonly isMet: boolean }[] = [];
const gate = (what: string, isMet: boolean): void => void gates.push({ what, isMet });
const say = (...cells: readonly (string | number)[]): void =>
  void process.stdout.write(`${cells.map((cell) => String(cell).padStart(12)).join('')}\n`);
const least = (samples: readonly Sample[], of: (sample: Sample) => number): number =>
  Math.min(...samples.map(of));

function swapOf(size: number): Promise<Swap> {
  const { promise, resolve } = Promise.withResolvers<Swap>();
  const child = fork(new URL('snapshot-swap.ts', import.meta.url), [String(size)]);
  child.once('message', (swap: Swap) => resolve(swap));
  return promise;
}

await using house = new AsyncDisposableStack();
const begun = systemClock.monotonic();
const servers = await openServers(house, SIZES);
const { ours, bare, go, client } = servers;
const tenThousand = ours.find(({ size }) => size === 10_000) ?? bare;
const runners = [
  { server: bare, components: 1, requests },
  ...ours.map((server) => ({ server, components: server.size, requests })),
  { server: go, components: 1, requests: Math.ceil(requests / GO_SHARE) },
].map((one) => ({ ...one, samples: [] as Sample[] }));
// Every question has been asked before: the HPAs of a cluster ask the same for ever.
for (const { server, components } of runners) {
  await client(server, { requests: Math.max(components, requests), components });
}
for (let round = 0; round < ROUNDS; round += 1) {
  for (const { server, components, requests: many, samples } of runners) {
    samples.push(await client(server, { requests: many, components }));
  }
}

say('server', 'components', 'req/s', 'us CPU/req', 'p50 ms', 'p99 ms', 'failed', 'RSS MiB');
const lines: Line[] = [];
for (const { server, components, samples } of runners) {
  const perSecond = -least(samples, (sample) => -sample.perSecond);
  const line = { server, components, perSecond, cost: least(samples, (one) => one.microseconds) };
  const failed = samples.reduce((sum, sample) => sum + sample.failed, 0);
  const [p50, p99] = [least(samples, (one) => one.p50), least(samples, (one) => one.p99)];
  const rss = await rssOf(server);
  const words = [perSecond.toFixed(0), line.cost.toFixed(1), p50.toFixed(2), p99.toFixed(2)];
  say(server.name, components, ...words, failed, rss.toFixed(0));
  lines.push(line);
  gate(`${server.name}, ${components} components: every request answered`, failed === 0);
  if (server.name === 'ours' && components >= 10_000) {
    const bound = components === 10_000 ? 150 : 300;
    gate(`RSS at ${components} components ${rss.toFixed(0)} <= ${bound} MiB`, rss <= bound);
  }
}
const lineOf = ({ name }: Server) => lines.find(({ server }) => server.name === name);
const mine = lines.filter(({ server }) => server.name === 'ours');
for (const { components, cost, perSecond } of mine) {
  for (const [name, other, bound] of [
    ['bare', lineOf(bare), 0.7] as const,
    ['Go', lineOf(go), 4] as const,
  ]) {
    const byCpu = (other?.cost ?? NaN) / cost;
    const byCount = perSecond / (other?.perSecond ?? NaN);
    const said = `${byCpu.toFixed(2)} times ${name} by CPU (${byCount.toFixed(2)} by requests/s)`;
    gate(`${components} components: ${said} >= ${bound}`, byCpu >= bound);
  }
}
for (const { components, cost } of mine.slice(1)) {
  const change = cost / (mine[0]?.cost ?? cost) - 1;
  const said = `${(change * 100).toFixed(0)} % CPU beside 1 component`;
  gate(`${components} components: ${said}, at most 10`, Math.abs(change) <= 0.1);
}

say('');
say('server', 'req/s', 'p50 ms', 'p99 ms', 'failed');
for (const { perSecond, beyondMs } of RATES) {
  const p99s = new Map<string, number>();
  for (const server of [bare, tenThousand, go]) {
    const samples: Sample[] = [];
    for (let round = 0; round < PACED_ROUNDS; round += 1) {
      const components = server === tenThousand ? 10_000 : 1;
      const wish = { requests: perSecond * PACED_SECONDS, perSecond, components };
      samples.push(await client(server, wish));
    }
    const [p50, p99] = [least(samples, (one) => one.p50), least(samples, (one) => one.p99)];
    const failed = samples.reduce((sum, sample) => sum + sample.failed, 0);
    say(server.name, perSecond, p50.toFixed(2), p99.toFixed(2), failed);
    p99s.set(server.name, p99);
  }
  const beyond = (p99s.get('ours') ?? NaN) - (p99s.get('bare') ?? NaN);
  const what = `p99 at ${perSecond} req/s ${beyond.toFixed(1)} ms beyond bare, < ${beyondMs}`;
  gate(what, beyond < beyondMs);
}

const asked = await servers.metricsOf(tenThousand);
const reviews = Number(/apiserver_delegated_authz_request_total\S* (\d+)/.exec(asked)?.[1] ?? NaN);
const passed = (systemClock.monotonic() - begun) / 60_000;
gate(`${reviews} reviews in ${passed.toFixed(1)} minutes`, reviews <= Math.ceil(passed));

say('');
say('issues', 'read ms', 'swap ms', 'pause ms');
for (const size of SIZES.slice(2)) {
  const swap = await swapOf(size);
  say(size, swap.readMs.toFixed(0), swap.swapMs.toFixed(0), swap.pauseMs.toFixed(1));
  gate(`swap of ${size} in ${swap.swapMs.toFixed(0)} <= 200 ms`, swap.swapMs <= 200);
  gate(`pause at ${size} of ${swap.pauseMs.toFixed(1)} <= 20 ms`, swap.pauseMs <= 20);
}

say('');
for (const { what, isMet } of gates)
  process.stdout.write(`${isMet ? 'ok    ' : 'MISSED'} ${what}\n`);
process.exitCode = gates.every(({ isMet }) => isMet) ? 0 : MISSED;
