import type { Clock } from '../domain/clock.ts';
import { isRefusal, kubeUnavailable } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import type { Random } from '../domain/random.ts';
import { durationMs, seconds, type DurationMs } from '../domain/units.ts';
import { leaseObject, type LeaseName } from './lease-object.ts';
import { heldBy, LEASE_DURATION, released, type LeaseRecord } from './lease-record.ts';
import type { Kube } from './request.ts';

export type LeasePorts = {
  readonly kube: Pick<Kube, 'ask'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
};

const RENEW_DEADLINE = seconds(10);
const RETRY = seconds(2);
const JITTER = 0.2;
const RELEASE_LIMIT = seconds(2);

/**
 * One leader among several, by a coordination.k8s.io Lease: 15 s long, renewed every 2 s, given up by
 * a leader that could not renew it for 10 s. All waiting is measured on the monotonic clock: another's
 * lease has run out when we have seen it unchanged for its whole length.
 */
export function leadership(ports: LeasePorts, lease: LeaseName) {
  const { clock, random, log } = ports;
  const object = leaseObject(ports.kube, lease);
  let heldSince: DurationMs | undefined;

  const remaining = (): DurationMs => {
    if (heldSince === undefined) return durationMs(0);
    return durationMs(Math.max(0, LEASE_DURATION - (clock.monotonic() - heldSince)));
  };

  /** How long the leader may still try; others take over later than that. */
  const untilDeadline = (): DurationMs =>
    durationMs(remaining() - (LEASE_DURATION - RENEW_DEADLINE));

  const nextTry = (): DurationMs => durationMs(Math.max(0, Math.min(RETRY, untilDeadline())));

  /** The renewal counts from before it was sent, as the others may have seen it then. */
  const hold = async (seen: LeaseRecord, limit: DurationMs, signal: AbortSignal) => {
    const begun = clock.monotonic();
    const body = heldBy(lease.identity, seen, clock.now());
    const record = await object.write(body, limit, signal);
    heldSince = begun;
    return record;
  };

  const acquire = async (signal: AbortSignal): Promise<LeaseRecord> => {
    let seen: { readonly version: string; readonly since: DurationMs } | undefined;
    for (;;) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- one look after the other
        const record = await object.read(RENEW_DEADLINE, signal);
        if (seen?.version !== record.version) {
          seen = { version: record.version, since: clock.monotonic() };
        }
        const free = record.holder === '' || record.holder === lease.identity;
        const runOut = clock.monotonic() - seen.since >= record.duration;
        // oxlint-disable-next-line no-await-in-loop -- one try after the other
        if (free || runOut) return await hold(record, RENEW_DEADLINE, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!isRefusal(error)) throw error;
        const tell = isRefusal(error, 'KUBE_CONFLICT') ? 'debug' : 'warn';
        log[tell]({ err: error, lease: lease.name }, 'the lease could not be taken; trying again');
      }
      // oxlint-disable-next-line no-await-in-loop -- waiting between the tries
      await clock.sleep(durationMs(RETRY * (1 + JITTER * random())), signal);
    }
  };

  /** Renews until `signal` aborts or the lease is lost; ends with the last record that is known. */
  const keep = async (taken: LeaseRecord, signal: AbortSignal): Promise<LeaseRecord> => {
    let record = taken;
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- waiting between the renewals
      await clock.sleep(nextTry(), signal).catch(ignoreAbort(signal));
      if (signal.aborted || untilDeadline() <= 0) return record;
      try {
        // oxlint-disable-next-line no-await-in-loop -- one renewal after the other
        record = await hold(record, untilDeadline(), signal);
      } catch (error) {
        if (signal.aborted) return record;
        if (!isRefusal(error)) throw error;
        log.warn({ err: error, lease: lease.name }, 'the lease was not renewed; trying again');
        // Somebody else wrote it. If that was a user's annotation it is still ours; else it is lost.
        if (!isRefusal(error, 'KUBE_CONFLICT')) continue;
        // oxlint-disable-next-line no-await-in-loop -- a look after the renewal that failed
        record = await object.read(untilDeadline(), signal).catch(() => record);
        if (record.holder === lease.identity) continue;
        heldSince = undefined;
        return record;
      }
    }
  };

  const release = async (record: LeaseRecord): Promise<void> => {
    const held = remaining() > 0;
    heldSince = undefined;
    if (!held) return;
    const body = released(record, clock.now());
    // The stop signal has come already; this last word has its own limit.
    const never = new AbortController().signal;
    await object
      .write(body, RELEASE_LIMIT, never)
      .catch((error: unknown) =>
        log.debug({ err: error, lease: lease.name }, 'the lease was not released; it will run out'),
      );
  };

  /** One term: whether it ended because the lease was lost. */
  const term = async (
    work: (signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ): Promise<boolean> => {
    const taken = await acquire(signal);
    log.info({ lease: lease.name, identity: lease.identity }, 'this process leads');
    const ended = new AbortController();
    const leading = AbortSignal.any([signal, ended.signal]);
    let lost = false;
    const working = work(leading);
    const renewing = keep(taken, leading).finally(() => {
      lost = !leading.aborted;
      ended.abort(kubeUnavailable(`the lease ${lease.name} was lost`));
    });
    renewing.catch(() => {}); // it is awaited below, perhaps much later
    try {
      await working;
    } catch (error) {
      // Work that is cut short says so by rejecting; anything before that is its own failure.
      if (!leading.aborted) throw error;
    } finally {
      ended.abort();
      await release(await renewing);
    }
    if (lost)
      log.warn({ lease: lease.name }, 'leadership was lost; this process waits for it again');
    return lost;
  };

  return {
    /**
     * Runs `work` while this process leads, again and again, until `signal` aborts or `work` ends by
     * itself. The signal of `work` aborts when the lease is lost. Rejects only with what `work` throws.
     */
    async lead(work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
      try {
        // oxlint-disable-next-line no-await-in-loop -- one term after the other
        while (!signal.aborted && (await term(work, signal)));
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
    /**
     * How long the lease still holds; 0 when it does not. Before each write a leader checks that 2 s
     * are left: one that was stopped and wakes up late writes nothing.
     */
    remaining,
  };
}

const ignoreAbort = (signal: AbortSignal) => (reason: unknown) => {
  if (!signal.aborted) throw reason;
};
