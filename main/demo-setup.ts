import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { silentLog } from '../domain/log.ts';
import { days, epochMs, STEP, type EpochMs } from '../domain/units.ts';
import { portOrFree } from './free-port.ts';
import { openDirectStore } from './open-store.ts';

export type DemoFlags = {
  readonly check: boolean;
  readonly data: string;
  readonly apiPort: number;
  readonly metricsPort: number;
  readonly opsPort: number;
  readonly speed: number;
  readonly seed: number;
  readonly input?: string;
  readonly logLevel: string;
};

const HOST = '127.0.0.1';
const IN_MEMORY = ':memory:';
/** A play may have run this far ahead of the wall clock. */
const FURTHEST_AHEAD = days(36_500);

/** The folder of the demo; with `:memory:` one that goes when the house closes. */
export async function demoFolder(house: AsyncDisposableStack, data: string): Promise<string> {
  if (data !== IN_MEMORY) return data;
  const folder = await mkdtemp(join(tmpdir(), 'self-scaling-demo-'));
  house.defer(async () => await rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The demo's configuration: everything on loopback and in one folder, taken ports replaced by free ones. */
export async function demoConfig(flags: DemoFlags, folder: string): Promise<Config> {
  const settings = {
    'log.level': flags.logLevel,
    'store.kind': 'sqlite',
    'store.path': flags.data === IN_MEMORY ? IN_MEMORY : join(folder, 'store.sqlite'),
    'store.spillDirectory': join(folder, 'spill'),
    'adapter.certificateDirectory': join(folder, 'certificates'),
    'adapter.host': HOST,
    'adapter.port': await portOrFree(flags.metricsPort, HOST),
    // A quarter of an hour passes in two seconds: there is no time to tune the network in.
    'training.fineTune': 'never',
    'controller.host': HOST,
    'controller.port': await portOrFree(flags.apiPort, HOST),
    'controller.access': 'loopback',
    // One person at one machine plays with it, often by script.
    'controller.readsPerMinute': 0,
    'controller.writesPerMinute': 0,
    'controller.runsPerMinute': 0,
    'ops.host': HOST,
    'ops.port': await portOrFree(flags.opsPort, HOST),
  };
  return loadConfig({
    environment: {},
    flags: Object.entries(settings).map(([path, value]) => `${path}=${value}`),
  });
}

/** When the play goes on: now, or after the last bucket of an earlier start, whichever is later. */
export async function resumeAt(config: Config, now: EpochMs): Promise<EpochMs> {
  if (config.store.path === IN_MEMORY) return now;
  await using store = await openDirectStore(config.store, silentLog);
  const window = { from: epochMs(0), to: epochMs(now + FURTHEST_AHEAD) };
  const seen = await store.lastSeen(window, AbortSignal.timeout(5000));
  const last = seen.reduce((latest, { start }) => Math.max(latest, start), 0);
  return epochMs(Math.max(now, last + STEP));
}
