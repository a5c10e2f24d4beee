import type { ComponentPods, PodUsage } from '../domain/pod-usage.ts';
import type { Sample } from '../domain/sample.ts';
import { bytes, cores, type EpochMs } from '../domain/units.ts';

/**
 * What one component uses now, summed over its pods.
 *
 * A component wanted at no replicas uses nothing, and that is known: a sample of zero. A component of
 * which less than half of the pods are reported is not known: no sample. Where most are reported, the sum is theirs
 * and the others are counted as missing.
 */
export function sumPods(component: ComponentPods, at: EpochMs): Sample | undefined {
  const { key, pods, replicasWanted, replicasReady } = component;
  const reported = pods.flatMap(usageOf);
  if (reported.length === 0 && (pods.length > 0 || replicasWanted > 0)) return undefined;
  // What half a component uses says nothing about the whole: a forecast of it would be too low.
  if (reported.length * 2 < pods.length) return undefined;
  return {
    key,
    at,
    cpu: cores(reported.reduce((sum, { cpu }) => sum + cpu, 0)),
    memory: bytes(reported.reduce((sum, { memory }) => sum + memory, 0)),
    replicasReady,
    podsMissing: pods.length - reported.length,
  };
}

/** A usage that is no number is a usage that was not reported. */
const usageOf = ({ usage }: PodUsage) =>
  usage !== undefined && isUsage(usage.cpu) && isUsage(usage.memory) ? [usage] : [];

const isUsage = (value: number): boolean => Number.isFinite(value) && value >= 0;
