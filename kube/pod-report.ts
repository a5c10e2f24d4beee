import { parseQuantity } from '../domain/quantity.ts';
import {
  bytes,
  cores,
  parseRfc3339,
  type Bytes,
  type Cores,
  type EpochMs,
} from '../domain/units.ts';
import { listAt, textAt } from './json.ts';

/** What metrics-server says of one pod: the sum over its containers at `at`. */
export type PodReport = {
  readonly namespace: string;
  readonly name: string;
  readonly at: EpochMs;
  readonly usage: { readonly cpu: Cores; readonly memory: Bytes };
};

/**
 * Reads a PodMetrics of metrics.k8s.io/v1beta1; `undefined` when any part of it cannot be read, also
 * one container of several: part of a sum is not the sum.
 */
export function toReport(item: unknown): PodReport | undefined {
  const namespace = textAt(item, 'metadata', 'namespace');
  const name = textAt(item, 'metadata', 'name');
  const at = parseRfc3339(textAt(item, 'timestamp') ?? '');
  if (namespace === undefined || name === undefined || at === undefined) return undefined;
  const containers = listAt(item, 'containers');
  const cpu = total(containers, 'cpu');
  const memory = total(containers, 'memory');
  if (cpu === undefined || memory === undefined) return undefined;
  return { namespace, name, at, usage: { cpu: cores(cpu), memory: bytes(memory) } };
}

const total = (containers: readonly unknown[], resource: 'cpu' | 'memory'): number | undefined => {
  let sum: number | undefined;
  for (const container of containers) {
    const value = parseQuantity(textAt(container, 'usage', resource) ?? '');
    if (value === undefined || value < 0) return undefined;
    sum = (sum ?? 0) + value;
  }
  return sum;
};
