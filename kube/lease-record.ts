import { seconds, toRfc3339, type DurationMs, type EpochMs } from '../domain/units.ts';
import { isJson, numberAt, textAt, type Json } from './json.ts';

/** How long a lease holds after its last renewal; the leader gives up earlier, others take it later. */
export const LEASE_DURATION = seconds(15);

/** A Lease as seen; the object is kept whole, since an update replaces it whole. */
export type LeaseRecord = {
  readonly object: Json;
  /** Empty = nobody. */
  readonly holder: string;
  readonly duration: DurationMs;
  readonly transitions: number;
  readonly acquireTime?: string;
  /** Changes with each renewal; compared, never read as a time: clocks differ between machines. */
  readonly version: string;
};

/** Reads a coordination.k8s.io/v1 Lease; `undefined` when it is none. One without a spec is nobody's. */
export function toLeaseRecord(object: unknown): LeaseRecord | undefined {
  const version = textAt(object, 'metadata', 'resourceVersion');
  if (!isJson(object) || version === undefined) return undefined;
  const acquireTime = textAt(object, 'spec', 'acquireTime');
  const lasts = numberAt(object, 'spec', 'leaseDurationSeconds');
  return {
    object,
    holder: textAt(object, 'spec', 'holderIdentity') ?? '',
    duration: lasts === undefined ? LEASE_DURATION : seconds(lasts),
    transitions: numberAt(object, 'spec', 'leaseTransitions') ?? 0,
    ...(acquireTime === undefined ? {} : { acquireTime }),
    version,
  };
}

/** The Lease with us as its holder, from `now` on. */
export function heldBy(identity: string, lease: LeaseRecord, now: EpochMs): Json {
  const ours = lease.holder === identity;
  return {
    ...lease.object,
    spec: {
      holderIdentity: identity,
      leaseDurationSeconds: LEASE_DURATION / seconds(1),
      acquireTime: (ours ? lease.acquireTime : undefined) ?? toMicroTime(now),
      renewTime: toMicroTime(now),
      leaseTransitions: lease.transitions + (ours ? 0 : 1),
    },
  };
}

/** The Lease given back: the next one need not wait for it to run out. */
export const released = (lease: LeaseRecord, now: EpochMs): Json => ({
  ...lease.object,
  spec: {
    holderIdentity: '',
    leaseDurationSeconds: 1,
    renewTime: toMicroTime(now),
    leaseTransitions: lease.transitions,
  },
});

/** Kubernetes' MicroTime: exactly six digits of a second, or the object is refused. */
export const toMicroTime = (at: EpochMs): string => {
  const milli = String(Math.floor(at) % seconds(1)).padStart(3, '0');
  return toRfc3339(at).replace('Z', `.${milli}000Z`);
};
