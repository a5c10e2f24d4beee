import { readdir, readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../domain/clock.ts';
import { seconds } from '../domain/units.ts';
import type { Measured } from '../forecast/training/cost.ts';

const POWERCAP = '/sys/class/powercap';
/** A package; its parts (`intel-rapl:0:0`) are within it. */
const PACKAGE = /^intel-rapl:\d+$/;
const MICRO = 1e6;

/** Begins to measure; the answer ends it. */
export async function startMeasuring(powercap = POWERCAP): Promise<() => Promise<Measured>> {
  const began = systemClock.monotonic();
  const own = process.cpuUsage();
  const busy = busySeconds();
  const counters = await readCounters(powercap);
  return async () => {
    const { user, system } = process.cpuUsage(own);
    const measured = {
      cpuSeconds: (user + system) / MICRO,
      wallSeconds: (systemClock.monotonic() - began) / seconds(1),
      rssBytes: process.memoryUsage.rss(),
    };
    const joules = joulesBetween(counters, await readCounters(powercap));
    if (joules === undefined) return measured;
    return { ...measured, machine: { joules, cpuSeconds: busySeconds() - busy } };
  };
}

/** Of all cores since the machine began, in whatever process. */
const busySeconds = (): number =>
  cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys, 0) / seconds(1);

/** Microjoules so far, and where the counter begins anew; by package. */
type Counters = ReadonlyMap<string, { readonly energy: number; readonly range: number }>;

/** None where there are no counters, or only the administrator may read them. */
async function readCounters(powercap: string): Promise<Counters> {
  const counters = new Map<string, { energy: number; range: number }>();
  try {
    for (const name of (await readdir(powercap)).filter((one) => PACKAGE.test(one))) {
      const numberIn = async (file: string): Promise<number> =>
        Number(await readFile(join(powercap, name, file), 'utf8'));
      const energy = await numberIn('energy_uj');
      counters.set(name, { energy, range: await numberIn('max_energy_range_uj') });
    }
  } catch {
    return new Map();
  }
  return counters;
}

function joulesBetween(before: Counters, after: Counters): number | undefined {
  if (before.size === 0 || after.size !== before.size) return undefined;
  let microjoules = 0;
  for (const [name, { energy, range }] of after) {
    const used = energy - (before.get(name)?.energy ?? energy);
    microjoules += used < 0 ? used + range : used;
  }
  return Number.isFinite(microjoules) ? microjoules / MICRO : undefined;
}
