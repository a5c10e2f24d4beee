import type { DurationMs } from '../domain/units.ts';
import {
  policyOf,
  type PolicyName,
  type PolicyOptions,
  type PolicyPorts,
} from '../forecast/replay/policies.ts';
import { replay, type Assumptions } from '../forecast/replay/replay.ts';
import type { Trace } from '../forecast/replay/trace.ts';
import { progressOf, type Terminal } from './progress.ts';

/** One point of a curve of short minutes against pod-hours. */
export type FrontierPoint = {
  readonly policy: PolicyName;
  /** Per cent of a pod's capacity. */
  readonly target: number;
  readonly level?: number;
  readonly shortMinutes: number;
  readonly podHours: number;
};

const REACTIVE: readonly PolicyName[] = ['reactive', 'reactive-tuned'];
const REACTIVE_TARGETS = [55, 60, 65, 70, 75, 80, 85];
const LEVELS = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95];
const EXTERNAL_TARGETS = [70, 75, 80, 85];

/** Plays the reactive policies at several targets, and the predictive one at several targets and levels. */
export function frontierOf(
  trace: Trace,
  ports: PolicyPorts,
  lead: DurationMs,
  assumptions: Assumptions,
  terminal: Terminal,
): readonly FrontierPoint[] {
  const wishes = [...reactiveWishes(), ...predictiveWishes()];
  const tell = progressOf('frontier', wishes.length, terminal);
  return wishes.map(({ policy, target, options }, index) => {
    const cost = replay(trace, policyOf(policy, ports, { ...options, lead }), assumptions);
    tell(index + 1, policy);
    const { shortMinutes, podHours } = cost;
    const level = options.level === undefined ? {} : { level: options.level };
    return { policy, target, ...level, shortMinutes, podHours };
  });
}

type Wish = Pick<FrontierPoint, 'policy' | 'target'> & {
  readonly options: Omit<PolicyOptions, 'lead'>;
};

const reactiveWishes = (): Wish[] =>
  REACTIVE.flatMap((policy) =>
    REACTIVE_TARGETS.map((target) => ({ policy, target, options: { resourceTarget: target } })),
  );

const predictiveWishes = (): Wish[] =>
  LEVELS.flatMap((level) =>
    EXTERNAL_TARGETS.map((target) => ({
      policy: 'predictive' as const,
      target,
      options: { level, externalTarget: target },
    })),
  );
