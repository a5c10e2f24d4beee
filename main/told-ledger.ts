import type { Meters } from '../api/meters.ts';
import { idOf } from '../domain/component.ts';
import type { Decision } from '../domain/decision.ts';
import type { Log } from '../domain/log.ts';
import type { Workload } from '../domain/workload.ts';
import type { News } from '../kube/events.ts';

interface Ledger {
  appendDecisions(decisions: readonly Decision[], signal: AbortSignal): Promise<void>;
}
/** Who hears of a decision beside the ledger. */
export type Hearers = {
  readonly log: Log;
  readonly meters: Meters;
  /** Throws while they are not known. */
  readonly workloads: () => readonly Workload[];
  /** Absent where there is no cluster to write Events in. */
  readonly tell?: ((news: News) => void) | undefined;
};

/**
 * What was decided is the story that an operator reads in the log and in the Events of the workload; the ledger keeps it
 * for REST.
 */
export function toldLedger(
  ledger: Ledger,
  { log, meters, workloads, tell = () => {} }: Hearers,
): Ledger {
  return {
    async appendDecisions(decisions, signal) {
      await ledger.appendDecisions(decisions, signal);
      for (const decision of decisions) {
        const { key, kind, reason, text } = decision;
        meters.count('decisions_total', { kind });
        // Whoever decides on the use of forecasts has said so, as a warning.
        if (kind !== 'use') log.info({ component: idOf(key), kind, reason, text }, 'decided');
        newsOf(decision, workloads).forEach(tell);
      }
    },
  };
}

type Heading = Pick<News, 'reason' | 'action' | 'isWarning'>;

/** The Event of a decision; most have none. */
export function newsOf(decision: Decision, workloads: () => readonly Workload[]): readonly News[] {
  const heading = headingOf(decision);
  if (heading === undefined) return [];
  return workloadsOf(decision, workloads).map(({ apiVersion, kind, uid, key }) => ({
    ...heading,
    regarding: { apiVersion, kind, uid, namespace: key.namespace, name: key.component },
    note: decision.text,
  }));
}

function headingOf({ kind, reason }: Decision): Heading | undefined {
  if (kind === 'create') return { reason: 'HPACreated', action: 'CreateHPA', isWarning: false };
  if (kind === 'remove') return { reason: 'HPARemoved', action: 'RemoveHPA', isWarning: false };
  if (kind === 'leave' && reason === 'ExistingHPA') {
    return { reason, action: 'LeaveAlone', isWarning: true };
  }
  if (kind === 'use' && reason !== undefined) {
    return { reason, action: 'DecideUse', isWarning: reason === 'ModelFailing' };
  }
  return undefined;
}

/** What goes by the name; none where that is not known, or the workload is gone. */
function workloadsOf({ key }: Decision, workloads: () => readonly Workload[]): readonly Workload[] {
  try {
    return workloads().filter((one) => idOf(one.key) === idOf(key));
  } catch {
    return [];
  }
}
