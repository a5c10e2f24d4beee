import type { RunCost } from '../../domain/run.ts';

/** What was measured while a run went on. */
export type Measured = {
  /** Of this process. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly rssBytes: number;
  /** Of the whole machine, where its processors tell. */
  readonly machine?: { readonly joules: number; readonly cpuSeconds: number };
};

export type EnergyFactors = {
  readonly wattsPerCore: number;
  /** Power of the site / power of its machines. */
  readonly powerUsageEffectiveness: number;
  readonly gramsPerKilowattHour: number;
};

const SECONDS_AN_HOUR = 3600;
const WATTS_A_KILOWATT = 1000;

/**
 * What a run took. Energy is the run's share of what the processors measured (RAPL), by CPU time; where they do not
 * tell, CPU time x power of a core; either times the overhead of the site.
 *
 * @param children what the child processes used.
 */
export function costOf(
  { cpuSeconds: own, wallSeconds, rssBytes, machine }: Measured,
  children: { readonly cpuSeconds: number; readonly maxRssBytes: number },
  series: number,
  { wattsPerCore, powerUsageEffectiveness, gramsPerKilowattHour }: EnergyFactors,
): RunCost {
  const cpuSeconds = own + children.cpuSeconds;
  const isMeasured = machine !== undefined && machine.cpuSeconds > 0 && machine.joules > 0;
  const joules = isMeasured
    ? machine.joules * Math.min(1, cpuSeconds / machine.cpuSeconds)
    : cpuSeconds * wattsPerCore;
  const wattHours = (joules * powerUsageEffectiveness) / SECONDS_AN_HOUR;
  return {
    cpuSeconds: rounded(cpuSeconds),
    wallSeconds: rounded(wallSeconds),
    series,
    seriesPerCpuSecond: cpuSeconds > 0 ? rounded(series / cpuSeconds) : 0,
    maxRssBytes: Math.max(rssBytes, children.maxRssBytes),
    wattHours: rounded(wattHours),
    gramsCo2e: rounded((wattHours * gramsPerKilowattHour) / WATTS_A_KILOWATT),
    method: isMeasured ? 'rapl' : 'cpu-time',
  };
}

/** Four digits: the account is not more exact. */
const rounded = (value: number): number => Number(value.toPrecision(4));
