import { COMPONENT_LABEL, MANAGED_BY_LABEL, type FoundHpa } from '../domain/hpa.ts';
import { isOurs } from './ownership.ts';

/** What becomes of an HPA of ours when it is handed back. */
export type HandBack =
  /** Its metrics are these from now on, and it is nobody's: whoever manages meanwhile leaves it alone. */
  | {
      readonly kind: 'strip';
      readonly metrics: readonly unknown[];
      readonly labels: readonly string[];
    }
  /** Nothing would remain to scale by, and the API server would make up a metric. */
  | { readonly kind: 'remove' };

const OURS = 'predicted-';

/**
 * How an HPA goes on without us: reactive, or not at all; the replicas stay as they are. `undefined` for
 * HPAs of others.
 */
export function handBackOf(found: FoundHpa): HandBack | undefined {
  if (!isOurs(found)) return undefined;
  const { metrics } = found.spec;
  const all: readonly unknown[] = Array.isArray(metrics) ? metrics : [];
  const rest = all.filter((metric) => !isPredicted(metric));
  if (rest.length === 0) return { kind: 'remove' };
  return { kind: 'strip', metrics: rest, labels: [MANAGED_BY_LABEL, COMPONENT_LABEL] };
}

const isPredicted = (metric: unknown): boolean => {
  const name = inside(inside(inside(metric, 'external'), 'metric'), 'name');
  return typeof name === 'string' && name.startsWith(OURS);
};

const inside = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
