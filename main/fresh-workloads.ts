import { kubeUnavailable } from '../domain/errors.ts';
import type { Workload } from '../domain/workload.ts';
import type { World } from './world.ts';

/**
 * Workloads to act on. HPAs are read anew when their watch is broken; compared with workloads of an hour ago, one whose
 * workload came meanwhile would look like an orphan.
 *
 * @throws {SelfScalingError} `KUBE_UNAVAILABLE` before the first list, and while the watches are broken.
 */
export function freshWorkloads(world: Pick<World, 'workloads' | 'healthy'>): readonly Workload[] {
  const workloads = world.workloads();
  if (world.healthy()) return workloads;
  throw kubeUnavailable('workloads have not been heard of for two minutes; HPAs stay as they are');
}
