import { COMPONENT_LABEL, MANAGED_BY_LABEL, type FoundHpa } from '../domain/hpa.ts';
import { isOurs } from './ownership.ts';

/** What becomes of an HPA of ours: its metrics are these from now on, and without these labels it is nobody's. */
export type HandBack = {
  /**
   * Empty where it scaled by our metrics alone, for want of requests. The API server then makes up a CPU
   * metric, which for the same reason moves nothing.
   */
  readonly metrics: readonly unknown[];
  readonly labels: readonly string[];
};

const OURS = 'predicted-';

/**
 * How an HPA goes on without us: reactively, or not at all; the replicas stay as they are. It stays, as
 * whoever still runs would make a new one. `undefined` for HPAs of others.
 */
export function handBackOf(found: FoundHpa): HandBack | undefined {
  if (!isOurs(found)) return undefined;
  const { metrics } = found.spec;
  const all: readonly unknown[] = Array.isArray(metrics) ? metrics : [];
  return {
    metrics: all.filter((metric) => !isPredicted(metric)),
    labels: [MANAGED_BY_LABEL, COMPONENT_LABEL],
  };
}

const isPredicted = (metric: unknown): boolean => {
  const name = inside(inside(inside(metric, 'external'), 'metric'), 'name');
  return typeof name === 'string' && name.startsWith(OURS);
};

const inside = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
