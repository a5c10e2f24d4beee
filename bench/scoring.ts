import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../domain/log.ts';
import { bytes, cores, days, epochMs, STEP, STEPS_A_DAY } from '../domain/units.ts';
import { scoreAllIssued } from '../forecast/training/score-issued-all.ts';
import { WHOLE } from '../forecast/training/shards.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import { aBucket, aForecast, anIssue } from '../test/builders.ts';

/* What a day of scoring costs on SQLite: `node bench/scoring.ts [components]`, two resources, an issue each step. */

const TODAY = epochMs(20_770 * days(1));
const { signal } = new AbortController();
const components = Number(process.argv[2] ?? 100);
const keys = Array.from({ length: components }, (_, index) => ({
  namespace: 'shop',
  component: `part-${index}`,
}));
const folder = await mkdtemp(join(tmpdir(), 'scoring-bench-'));
const path = join(folder, 'store.db');
const store = await openSqliteStore({ path, vintageEvery: 1 }, silentLog);
const usage = (step: number, index: number): number =>
  2 + Math.sin(step / 15 + index) + 0.3 * Math.sin(step * 1.7 + index);
const at = (step: number) => epochMs(TODAY + step * STEP);

for (let step = -28 * STEPS_A_DAY; step < 0; step += 1) {
  const buckets = keys.map((key, index) => {
    const [cpu, memory] = [cores(usage(step, index)), bytes(1e9 * usage(step + 9, index))];
    return aBucket({ key, start: at(step), cpu, memory });
  });
  await store.appendHistory(buckets, signal);
}
for (let step = -2 * STEPS_A_DAY; step < 0; step += 1) {
  const forecast = aForecast(2, { start: at(step) });
  const issued = { forecast, issuedAt: at(step), model: 'network', run: 'train-1' };
  const issues = keys.flatMap((key) =>
    (['cpu', 'memory'] as const).map((resource) => anIssue({ key, resource, issued })),
  );
  await store.writeFuture(issues, signal);
}
process.stdout.write(`file ${((await stat(path)).size / 1e6).toFixed(0)} MB\n`);
const peak = (): string => `${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`;
process.stdout.write(`peak before ${peak()}\n`);
const ports = { history: store, vintages: store, scores: store };
for (const round of [1, 2]) {
  const begun = process.hrtime.bigint();
  const cpu = process.cpuUsage();
  const job = { now: TODAY, what: 'closed', shard: WHOLE } as const;
  const { rows } = await scoreAllIssued(ports, job, silentLog, signal);
  const wall = Number(process.hrtime.bigint() - begun) / 1e9;
  const used = process.cpuUsage(cpu);
  const seconds = (used.user + used.system) / 1e6;
  process.stdout.write(
    `round ${round}: ${rows} rows, ${wall.toFixed(1)} s, ${seconds.toFixed(1)} CPU-s\n`,
  );
}
process.stdout.write(`peak ${peak()}\n`);
await store[Symbol.asyncDispose]();
await rm(folder, { recursive: true });
