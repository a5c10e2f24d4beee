import { X509Certificate } from 'node:crypto';
import type { Meters } from '../api/meters.ts';
import type { AccessReviewer } from '../domain/access.ts';
import { systemClock } from '../domain/clock.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { seconds } from '../domain/units.ts';
import type { ComponentState } from '../inference/component-state.ts';
import type { HpaClient } from '../inference/reconcile.ts';
import type { Parts } from './parts.ts';

/** The same reviewer; what it is asked is counted and timed. */
export function meteredReviewer(reviewer: AccessReviewer, meters: Meters): AccessReviewer {
  const timed = async <T>(
    kind: 'token' | 'right',
    ask: () => Promise<T>,
    isAllowed: (answer: T) => boolean,
  ): Promise<T> => {
    const begun = systemClock.monotonic();
    let result = 'failed';
    try {
      const answer = await ask();
      result = isAllowed(answer) ? 'allowed' : 'denied';
      return answer;
    } finally {
      meters.count('reviews_total', { kind, result });
      const taken = (systemClock.monotonic() - begun) / seconds(1);
      meters.observe('review_duration_seconds', taken, { kind });
    }
  };
  return {
    whoIs: (token, signal) =>
      timed(
        'token',
        () => reviewer.whoIs(token, signal),
        (caller) => caller !== undefined,
      ),
    may: (caller, question, signal) =>
      timed(
        'right',
        () => reviewer.may(caller, question, signal),
        ({ allowed }) => allowed,
      ),
  };
}

/** The same HPAs; writes are counted. */
export function meteredHpas(hpas: HpaClient, meters: Meters): HpaClient {
  const counted = async <T>(result: string, write: Promise<T>): Promise<T> => {
    try {
      const answer = await write;
      meters.count('hpa_writes_total', { result });
      return answer;
    } catch (error) {
      meters.count('hpa_writes_total', { result: 'failed' });
      throw error;
    }
  };
  return {
    list: (signal) => hpas.list(signal),
    apply: (hpa, found, signal) =>
      counted(found === undefined ? 'created' : 'changed', hpas.apply(hpa, found, signal)),
    remove: (found, signal) => counted('removed', hpas.remove(found, signal)),
  };
}

/** What a round of reconciling found. */
export function tellStates(states: readonly ComponentState[], meters: Meters): void {
  const managed = states.filter((state) => state.managed);
  meters.set('components', managed.length, { managed: 'yes' });
  meters.set('components', states.length - managed.length, { managed: 'no' });
  const conflicts = managed.filter(({ reason }) => reason === 'ExistingHPA');
  meters.set('hpa_conflicts', conflicts.length);
  meters.set('hpas_at_ceiling', managed.filter(isAtCeiling).length);
}

function isAtCeiling({ hpa }: ComponentState): boolean {
  const ceiling = hpa?.spec['maxReplicas'];
  return typeof ceiling === 'number' && (hpa?.desiredReplicas ?? 0) >= ceiling;
}

/** When what is served ends, measured whenever somebody looks. */
export function tellExpiry(
  certificates: { current(): { readonly cert: string; readonly caBundle: string } },
  meters: Meters,
): void {
  meters.onScrape(() => {
    const { cert, caBundle } = certificates.current();
    for (const [certificate, pem] of Object.entries({ adapter: cert, ca: caBundle })) {
      const end = endOf(pem);
      if (end !== undefined) {
        meters.set('certificate_expiry_timestamp_seconds', end, { certificate });
      }
    }
  });
}

/** Of the first certificate, in seconds of the epoch; `undefined` where there is none. */
function endOf(pem: string): number | undefined {
  try {
    return new X509Certificate(pem).validToDate.getTime() / seconds(1);
  } catch {
    return undefined;
  }
}

/** How old the forecasts in memory are, measured whenever somebody looks. */
export function tellSnapshotAge(
  { clock }: Pick<Parts, 'clock'>,
  snapshots: { current(): Snapshot | undefined },
  meters: Meters,
): void {
  meters.onScrape(() => {
    const at = snapshots.current()?.at;
    if (at !== undefined) {
      meters.set('snapshot_age_seconds', Math.max(0, clock.now() - at) / seconds(1));
    }
  });
}
