import { parseQuantity } from '../domain/quantity.ts';
import { bytes, cores } from '../domain/units.ts';
import type { PodRequests } from '../domain/workload.ts';
import { listAt, textAt } from './json.ts';

/**
 * What a pod of this spec asks for, by the HPA's own rule: a request for the whole pod if there is
 * one, else the sum over its containers, init containers that keep running included. One container
 * without a request leaves the sum unknown; a sum of nothing is none either, as nothing can be divided
 * by it. A limit stands for a request that is not named, as the API server has it for pods.
 *
 * @see kubernetes/kubernetes:pkg/controller/podautoscaler/replica_calculator.go, calculateRequests
 */
export function podRequests(podSpec: unknown): PodRequests {
  const cpu = requestOf(podSpec, 'cpu');
  const memory = requestOf(podSpec, 'memory');
  return {
    ...(cpu.sum === undefined ? {} : { cpu: cores(cpu.sum) }),
    ...(memory.sum === undefined ? {} : { memory: bytes(memory.sum) }),
    missing: [...cpu.missing, ...memory.missing],
  };
}

type Found = { readonly sum?: number; readonly missing: PodRequests['missing'] };

const requestOf = (podSpec: unknown, resource: 'cpu' | 'memory'): Found => {
  const ofPod = quantityAt(podSpec, 'requests', resource);
  if (ofPod !== undefined && ofPod > 0) return { sum: ofPod, missing: [] };
  const requests = lastingContainers(podSpec).map((container) => ({
    container: textAt(container, 'name') ?? '',
    value: quantityAt(container, 'requests', resource) ?? quantityAt(container, 'limits', resource),
  }));
  const sum = requests.reduce((total, { value = 0 }) => total + value, 0);
  const missing = requests.filter(({ value }) => value === undefined || sum === 0);
  if (requests.length > 0 && missing.length === 0) return { sum, missing: [] };
  return { missing: missing.map(({ container }) => ({ container, resource })) };
};

/** Containers, and init containers that do not end (sidecars). */
const lastingContainers = (podSpec: unknown): readonly unknown[] => [
  ...listAt(podSpec, 'containers'),
  ...listAt(podSpec, 'initContainers').filter(
    (container) => textAt(container, 'restartPolicy') === 'Always',
  ),
];

const quantityAt = (holder: unknown, which: 'requests' | 'limits', resource: string) => {
  const text = textAt(holder, 'resources', which, resource);
  return text === undefined ? undefined : parseQuantity(text);
};
