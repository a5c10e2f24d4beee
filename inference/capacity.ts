import { RESOURCES, type Resource } from '../domain/component.ts';
import type { FoundHpa } from '../domain/hpa.ts';
import { parseQuantity, toQuantity } from '../domain/quantity.ts';
import type { Workload } from '../domain/workload.ts';
import type { ComponentSettings, ScalingOptions } from './component-settings.ts';

/** What one pod carries: cores and bytes; absent where it is not known. */
export type Capacity = { readonly cpu?: number; readonly memory?: number };

const MILLI = 1000;
const MEBI = 2 ** 20;

/** The smallest step of each resource; capacities are whole numbers of it, at least one. */
const STEPS_A_UNIT = { cpu: MILLI, memory: 1 / MEBI } as const satisfies Record<Resource, number>;

/**
 * Capacity per pod, the target of the forecast's metric: what an annotation says, else the utilisation
 * target times the request, else what a pod was seen to use at its busiest. Rounded down to milli-cores and
 * Mi, never 0.
 *
 * @param observed usage per ready pod at the busiest decile, where it is known.
 * @param ours our HPA as it is: what it says already is not forgotten because something cannot be read now.
 */
export function capacityOf(
  { requests }: Workload,
  settings: ComponentSettings,
  { targetUtilization }: Pick<ScalingOptions, 'targetUtilization'>,
  observed: Capacity,
  ours: FoundHpa | undefined,
): Capacity {
  const of = (resource: Resource): number | undefined => {
    const said = settings.capacity[resource];
    if (said !== undefined) return said;
    const request = requests[resource];
    if (request !== undefined && isUsable(request)) return request * targetUtilization[resource];
    return observed[resource] ?? targetIn(ours, resource);
  };
  return Object.fromEntries(
    RESOURCES.flatMap((resource) => {
      const value = of(resource);
      return value === undefined ? [] : [[resource, roundedDown(value, resource)]];
    }),
  );
}

const isUsable = (request: number): boolean => request > 0 && Number.isFinite(request);

/** A capacity as a canonical quantity: `375m`, `409Mi`, `2Gi`. */
export function toTarget(resource: Resource, capacity: number): string {
  if (resource === 'cpu') return toQuantity(capacity);
  const mebibytes = Math.round(capacity / MEBI);
  return mebibytes % 1024 === 0 ? `${mebibytes / 1024}Gi` : `${mebibytes}Mi`;
}

function roundedDown(value: number, resource: Resource): number {
  const steps = value * STEPS_A_UNIT[resource];
  const noise = steps * 2 * Number.EPSILON; // 0.29 * 100 is 28.999999999999996, not 28
  return Math.max(1, Math.floor(steps + noise)) / STEPS_A_UNIT[resource];
}

/** The target that our HPA has for the forecast of this resource. */
function targetIn(hpa: FoundHpa | undefined, resource: Resource): number | undefined {
  const metrics: unknown = hpa?.spec['metrics'];
  const list: readonly unknown[] = Array.isArray(metrics) ? metrics : [];
  for (const metric of list) {
    const name = at(metric, 'external', 'metric', 'name');
    const text = at(metric, 'external', 'target', 'averageValue');
    if (name !== `predicted-${resource}` || typeof text !== 'string') continue;
    const value = parseQuantity(text);
    if (value !== undefined && value > 0) return value;
  }
  return undefined;
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, member) => (isObject(inner) ? inner[member] : undefined),
    value,
  );
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
