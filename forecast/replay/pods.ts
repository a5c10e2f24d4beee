import type { PodTally } from '../../domain/replicas.ts';
import { epochMs, minutes, seconds, type DurationMs, type EpochMs } from '../../domain/units.ts';

/** A pod as the HPA controller sees it. */
export type PodSeen = {
  readonly phase: 'Pending' | 'Running' | 'Failed';
  readonly isGoing: boolean;
  readonly startedAt?: EpochMs;
  /** Its Ready condition and since when it is so; absent = it has none. */
  readonly ready?: { readonly is: boolean; readonly since: EpochMs };
  /** The newest report of its usage. */
  readonly report?: { readonly at: EpochMs; readonly window: DurationMs };
};

/** Flags of the controller manager. */
export type ReadinessRules = {
  readonly cpuInitializationPeriod: DurationMs;
  readonly initialReadinessDelay: DurationMs;
};

/** The controller manager's own defaults. */
export const USUAL_READINESS: ReadinessRules = {
  cpuInitializationPeriod: minutes(5),
  initialReadinessDelay: seconds(30),
};

type PodGroup = 'counted' | 'unready' | 'missing' | 'ignored';

/**
 * In which group of a cpu metric a pod is.
 *
 * @see kubernetes/kubernetes:pkg/controller/podautoscaler/replica_calculator.go, groupPods
 */
export function groupOf(pod: PodSeen, rules: ReadinessRules, now: EpochMs): PodGroup {
  if (pod.isGoing || pod.phase === 'Failed') return 'ignored';
  if (pod.phase === 'Pending') return 'unready';
  if (pod.report === undefined) return 'missing';
  return isStarting(pod, pod.report, rules, now) ? 'unready' : 'counted';
}

function isStarting(
  { startedAt, ready }: PodSeen,
  report: { readonly at: EpochMs; readonly window: DurationMs },
  { cpuInitializationPeriod, initialReadinessDelay }: ReadinessRules,
  now: EpochMs,
): boolean {
  if (ready === undefined || startedAt === undefined) return true;
  if (startedAt + cpuInitializationPeriod > now) {
    return !ready.is || report.at < ready.since + report.window;
  }
  return !ready.is && startedAt + initialReadinessDelay > ready.since;
}

/** Pods of one creation. */
export type Batch = { readonly createdAt: EpochMs; readonly count: number };

export const countOf = (pods: readonly Batch[]): number =>
  pods.reduce((sum, { count }) => sum + count, 0);

export const readyOf = (pods: readonly Batch[], podStart: DurationMs, now: EpochMs): number =>
  pods.reduce((sum, { createdAt, count }) => (createdAt + podStart <= now ? sum + count : sum), 0);

/** New pods come last. The youngest go first, and they are the ones that are not ready, since all start equally long. */
export function resized(pods: readonly Batch[], replicas: number, now: EpochMs): readonly Batch[] {
  const more = replicas - countOf(pods);
  if (more > 0) return [...pods, { createdAt: now, count: more }];
  let left = replicas;
  return pods.flatMap(({ createdAt, count }) => {
    const kept = Math.min(count, left);
    left -= kept;
    return kept === 0 ? [] : [{ createdAt, count: kept }];
  });
}

/** metrics-server asks every 15 s, and its answers are 15 s old: a pod counts from 30 s after it became Ready. */
const REPORT = { delay: seconds(15), window: seconds(15) };

/**
 * The pods as the Resource metric sees them, the usage shared equally by the ready ones.
 *
 * @param usage of all, in units of which a pod asks for `request`.
 */
export function tallyOf(
  pods: readonly Batch[],
  usage: number,
  request: number,
  podStart: DurationMs,
  now: EpochMs,
): PodTally {
  const ready = readyOf(pods, podStart, now);
  let counted = 0;
  for (const batch of pods) {
    const pod = seen(batch, podStart, now);
    if (groupOf(pod, USUAL_READINESS, now) === 'counted') counted += batch.count;
  }
  const each = ready === 0 ? 0 : Math.round(usage / ready);
  return { counted, usage: counted * each, unready: countOf(pods) - counted, missing: 0, request };
}

function seen({ createdAt }: Batch, podStart: DurationMs, now: EpochMs): PodSeen {
  const is = createdAt + podStart <= now;
  return {
    phase: 'Running',
    isGoing: false,
    startedAt: createdAt,
    ready: { is, since: is ? epochMs(createdAt + podStart) : createdAt },
    report: { at: epochMs(now - REPORT.delay), window: REPORT.window },
  };
}
