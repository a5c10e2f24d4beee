import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { systemClock } from '../domain/clock.ts';
import { silentLog } from '../domain/log.ts';
import { epochMs, hours, minutes, seconds } from '../domain/units.ts';
import { keepSnapshots } from '../inference/refresh.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import { fillStore } from '../test/e2e/adapters.ts';

/*
 * What the renewal of a snapshot costs the process that serves it, when every forecast is new:
 * `node bench/snapshot-swap.ts [components]`.
 */

export type Swap = {
  /** From the question to the store until all is read. */
  readonly readMs: number;
  /** From then on until the new snapshot is in force. */
  readonly swapMs: number;
  /** The longest time for which no request could have been answered. */
  readonly pauseMs: number;
};

const ROUNDS = 5;
const components = Number(process.argv[2] ?? 50_000);
const rules = { holdTime: hours(6), level: 0.9, leadTime: minutes(5) };
const { signal } = new AbortController();

await using house = new AsyncDisposableStack();
const folder = await mkdtemp(join(tmpdir(), 'self-scaling-swap-'));
house.defer(() => rm(folder, { recursive: true, force: true }));
const path = join(folder, 'store.sqlite');
await fillStore(path, components);
const store = house.use(await openSqliteStore({ path }, silentLog));
let readAt = 0;
const reader: Parameters<typeof keepSnapshots>[0] = {
  all: (stop) => store.all(stop),
  async readFuture(window, stop) {
    const issues = await store.readFuture(window, stop);
    readAt = systemClock.monotonic();
    return issues;
  },
};
const snapshots = keepSnapshots(reader, rules, silentLog);
await snapshots.refresh(systemClock.now(), signal);

const seen: Swap[] = [];
for (let round = 1; round <= ROUNDS; round += 1) {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  await systemClock.sleep(seconds(0.2), signal);
  delays.reset();
  const begun = systemClock.monotonic();
  // An hour later everything is read anew.
  await snapshots.refresh(epochMs(systemClock.now() + round * hours(1)), signal);
  const [readMs, swapMs] = [readAt - begun, systemClock.monotonic() - readAt];
  await systemClock.sleep(seconds(0.05), signal);
  delays.disable();
  seen.push({ readMs, swapMs, pauseMs: delays.max / 1e6 });
}
const best = {
  readMs: Math.min(...seen.map((one) => one.readMs)),
  swapMs: Math.min(...seen.map((one) => one.swapMs)),
  pauseMs: Math.min(...seen.map((one) => one.pauseMs)),
};
if (process.send === undefined)
  process.stdout.write(`${JSON.stringify({ components, ...best, seen })}\n`);
else process.send(best);
