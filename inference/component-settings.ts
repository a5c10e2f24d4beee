import { RESOURCES, type Resource } from '../domain/component.ts';
import { parseQuantity } from '../domain/quantity.ts';
import { durationMs, minutes, type DurationMs } from '../domain/units.ts';
import type { Workload } from '../domain/workload.ts';

/** What holds for every component that says nothing else. */
export type ScalingOptions = {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Share of a pod's request that is planned to be used, above 0. */
  readonly targetUtilization: Readonly<Record<Resource, number>>;
  /** Of the reactive CPU metric; absent = as the target. */
  readonly reactiveUtilization?: number;
  /** Share above a target at which pods are added; absent = 0. */
  readonly scaleUpTolerance?: number;
  /** How long the HPA looks back before it removes pods. */
  readonly scaleDownStabilization: DurationMs;
  /** The cluster knows `behavior.scaleUp.tolerance`. */
  readonly tolerance: boolean;
  /** Quantile level that is served. */
  readonly level: number;
  readonly leadTime: DurationMs;
};

/** What holds for one component. */
export type ComponentSettings = {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly level: number;
  readonly leadTime: DurationMs;
  /** What a pod carries, in cores and bytes, where somebody said so. */
  readonly capacity: { readonly cpu?: number; readonly memory?: number };
  /** A sentence for each annotation that cannot be followed; the configuration holds in its place. */
  readonly invalid: readonly string[];
};

const PREFIX = 'self-scaling.io/';
const MOST_REPLICAS = 10_000;
const LEVELS = { from: 0.5, to: 0.99 };
const LEAD_TIME = { from: minutes(1), to: minutes(60) };
const UNITS = { s: 1000, m: 60_000, h: 3_600_000 } as const;

/** Says what a pod carries. */
export const capacityAnnotation = (resource: Resource): string => `${PREFIX}capacity-${resource}`;

/** The annotations of a workload, else the configuration. A bad one stops nothing. */
export function settingsOf({ annotations }: Workload, options: ScalingOptions): ComponentSettings {
  const invalid: string[] = [];
  const read = <T>(name: string, parse: (text: string) => T | undefined, wanted: string) => {
    const text = annotations[`${PREFIX}${name}`];
    if (text === undefined) return undefined;
    const value = parse(text);
    if (value === undefined) invalid.push(sentence(name, text, wanted));
    return value;
  };
  const replicas = `a whole number from 1 to ${MOST_REPLICAS}`;
  const capacity = (resource: Resource) =>
    read(`capacity-${resource}`, parseCapacity, 'a quantity such as 375m or 400Mi, above 0');
  const bounds = boundsOf(
    {
      minReplicas: read('min-replicas', parseReplicas, replicas) ?? options.minReplicas,
      maxReplicas: read('max-replicas', parseReplicas, replicas) ?? options.maxReplicas,
    },
    options,
    invalid,
  );
  return {
    ...bounds,
    level: read('level', parseLevel, 'a number from 0.5 to 0.99') ?? options.level,
    leadTime: read('lead-time', parseLeadTime, 'from 1m to 60m, such as 5m') ?? options.leadTime,
    capacity: Object.fromEntries(
      RESOURCES.flatMap((resource) => {
        const value = capacity(resource);
        return value === undefined ? [] : [[resource, value]];
      }),
    ),
    invalid,
  };
}

type Bounds = Pick<ComponentSettings, 'minReplicas' | 'maxReplicas'>;

function boundsOf(asked: Bounds, { minReplicas, maxReplicas }: Bounds, invalid: string[]): Bounds {
  if (asked.minReplicas <= asked.maxReplicas) return asked;
  invalid.push(
    `${PREFIX}min-replicas and max-replicas: ${asked.minReplicas} is above ${asked.maxReplicas}; ` +
      `the configuration holds: ${minReplicas} to ${maxReplicas}`,
  );
  return { minReplicas, maxReplicas };
}

const sentence = (name: string, text: string, wanted: string): string =>
  `annotation ${PREFIX}${name} is ${JSON.stringify(text)}, not ${wanted}; the configuration holds`;

function parseReplicas(text: string): number | undefined {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return value >= 1 && value <= MOST_REPLICAS ? value : undefined;
}

function parseLevel(text: string): number | undefined {
  const value = /^0?\.\d{1,6}$/.test(text) ? Number(text) : 0;
  return value >= LEVELS.from && value <= LEVELS.to ? value : undefined;
}

function parseLeadTime(text: string): DurationMs | undefined {
  const { digits, unit } = /^(?<digits>\d{1,6})(?<unit>[smh])$/.exec(text)?.groups ?? {};
  if (digits === undefined || !isUnit(unit)) return undefined;
  const value = Number(digits) * UNITS[unit];
  return value >= LEAD_TIME.from && value <= LEAD_TIME.to ? durationMs(value) : undefined;
}

function parseCapacity(text: string): number | undefined {
  const value = parseQuantity(text);
  return value !== undefined && value > 0 && Number.isFinite(value) ? value : undefined;
}

const isUnit = (unit: string | undefined): unit is keyof typeof UNITS =>
  unit !== undefined && Object.hasOwn(UNITS, unit);
