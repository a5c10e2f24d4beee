import type { HpaSpec } from '../../domain/hpa.ts';
import type { DurationMs, EpochMs } from '../../domain/units.ts';

/** What the metrics API would have served at an instant, in the unit of the trace; `undefined` = refused. */
export type Served = (now: EpochMs) => number | undefined;

/** Says what is served at a quantile level, over a lead time. */
export type Foresight = (level: number, lead: DurationMs) => Served;

/** How replicas are decided. */
export type Policy =
  | { readonly kind: 'hpa'; readonly name: string; readonly hpa: HpaPolicy }
  | { readonly kind: 'fixed'; readonly name: string };

export type HpaPolicy = {
  /** Utilisation that the Resource metric aims at, per cent. */
  readonly resourceTarget: number;
  readonly external?: {
    /** Per cent of a pod's capacity that it aims at. */
    readonly target: number;
    readonly level: number;
    readonly served: Served;
  };
  readonly behavior?: HpaSpec['behavior'];
  /** Bounds that are patched every quarter of an hour. */
  readonly bounds?: Served;
};

export const POLICY_NAMES = [
  'reactive',
  'reactive-tuned',
  'predictive',
  'predictive-safe',
  'seasonal-naive',
  'oracle',
  'min-max',
  'static-peak',
] as const;
export type PolicyName = (typeof POLICY_NAMES)[number];

export type PolicyPorts = {
  /** Our forecast, as production would have issued it. */
  readonly ours: Foresight;
  readonly seasonalNaive: Foresight;
  /** The true means of the quarters of an hour. */
  readonly truth: Foresight;
};

export type PolicyOptions = {
  /** Of the policies that have one, instead of their own. */
  readonly level?: number;
  /** Per cent of a pod's capacity, likewise. */
  readonly resourceTarget?: number;
  readonly externalTarget?: number;
  /** Of the policies that have a `behavior`: how far usage may exceed a target before pods are added, a share. */
  readonly upTolerance?: number;
  readonly lead: DurationMs;
};

/** What a forecast holds the floor of: fuller pods, and a shorter memory on the way down. */
const FULL = { level: 0.6, external: 78, resource: 85, window: 60 } as const;
const USUAL_WINDOW = 300;
/** Syncs that chase less than this cost rescales; the controller's own tenth leaves pods too full. */
const UP_TOLERANCE = 0.05;

/** One of the policies that replays compare. */
export function policyOf(name: PolicyName, ports: PolicyPorts, options: PolicyOptions): Policy {
  const hpa = (of: HpaPolicy): Policy => {
    const { resourceTarget = of.resourceTarget } = options;
    return { kind: 'hpa', name, hpa: { ...of, resourceTarget } };
  };
  const { upTolerance = UP_TOLERANCE } = options;
  const behavior = (downSeconds: number) => behaviorOf(downSeconds, upTolerance);
  const forecast = (foresight: Foresight, usual: number, usualTarget: number) => {
    const { level = usual, externalTarget: target = usualTarget } = options;
    return { target, level, served: foresight(level, options.lead) };
  };
  const full = (foresight: Foresight): Policy =>
    hpa({
      resourceTarget: FULL.resource,
      external: forecast(foresight, FULL.level, FULL.external),
      behavior: behavior(FULL.window),
    });
  switch (name) {
    case 'reactive':
      return hpa({ resourceTarget: 75 });
    case 'reactive-tuned':
      return hpa({ resourceTarget: 68, behavior: behavior(FULL.window) });
    case 'predictive':
      return full(ports.ours);
    case 'predictive-safe':
      return hpa({
        resourceTarget: 75,
        external: forecast(ports.ours, 0.9, 75),
        behavior: behavior(USUAL_WINDOW),
      });
    case 'seasonal-naive':
      return full(ports.seasonalNaive);
    case 'oracle':
      return full(ports.truth);
    case 'min-max':
      return hpa({ resourceTarget: 75, bounds: ports.ours(0.5, options.lead) });
    case 'static-peak':
      return { kind: 'fixed', name };
    default:
      return name satisfies never;
  }
}

/** The behavior that our HPAs carry, with another window on the way down. */
const behaviorOf = (downSeconds: number, upTolerance: number): HpaSpec['behavior'] => ({
  scaleUp: {
    tolerance: String(upTolerance),
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [
      { type: 'Percent', value: 900, periodSeconds: 15 },
      { type: 'Pods', value: 10, periodSeconds: 15 },
    ],
  },
  scaleDown: {
    stabilizationWindowSeconds: downSeconds,
    selectPolicy: 'Max',
    policies: [
      { type: 'Percent', value: 20, periodSeconds: 60 },
      { type: 'Pods', value: 2, periodSeconds: 60 },
    ],
  },
});
