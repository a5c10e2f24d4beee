import type { AccessReviewer, Caller, Verdict } from '../domain/access.ts';
import { goQuoted } from '../domain/go-quoted.ts';
import type { Log } from '../domain/log.ts';
import { memo } from '../domain/memo.ts';
import { durationMs, epochMs, seconds, type DurationMs, type EpochMs } from '../domain/units.ts';
import { plainText, type Answer } from './answer.ts';
import type { Asked } from './request-info.ts';
import { status, type Status } from './status.ts';
import { within } from './within.ts';

type Ports = {
  readonly reviewer: AccessReviewer;
  readonly now: () => EpochMs;
  readonly log: Log;
};

type Settled = {
  verdict: Verdict;
  until: EpochMs;
  /** From here on it may be asked again beside the answers. */
  renewFrom: EpochMs;
  /** When it was last used. */
  usedAt: EpochMs;
};

export const MASTERS = 'system:masters';
const ALLOWED_FOR = seconds(60);
const RENEW_AFTER = seconds(45);
/** Whoever asks twice as seldom as now is still answered from what is held. */
const PATIENCE = 2;
/** After a renewal that failed. */
const RENEW_AGAIN = seconds(2);
const DENIED_FOR = seconds(10);
const VERDICTS_KEPT = 8192;
const LONGEST_KEY = 10_000;
const QUESTIONS_NEAR = 1024;

/**
 * May they? A SubjectAccessReview decides, and what it said is kept: allowed 60 s, denied 10 s. Callers
 * with the same question share one review. From 45 s on it is renewed beside an answer, as soon as the next
 * question could come too late: one that comes every 15 s renews at 45 s and nobody waits; many a second
 * renew just before the end, and so once a minute.
 *
 * `decide` rejects when a review could not be made: then nobody is let in. Masters are not reviewed.
 */
export function accessChecks({ reviewer, now, log }: Ports, reviewLimit: DurationMs) {
  const settled = new Map<string, Settled>();
  const underWay = memo<Verdict>(VERDICTS_KEPT, () => durationMs(0), now);
  const callerKeys = new WeakMap<Caller, string>();
  const near = new WeakMap<Caller, Map<string, Settled>>();

  const keyOf = (caller: Caller, asked: Asked): string => {
    const known = callerKeys.get(caller);
    if (known !== undefined) return known + asked.key;
    const { user, uid, groups, extra } = caller;
    const key = `${JSON.stringify([user, uid, groups, extra])}\n`;
    callerKeys.set(caller, key);
    return key + asked.key;
  };

  const keep = (key: string, verdict: Verdict): void => {
    if (key.length > LONGEST_KEY) return;
    const at = now();
    const heldFor = verdict.allowed ? ALLOWED_FOR : DENIED_FOR;
    const next = {
      verdict,
      until: later(at, heldFor),
      renewFrom: later(at, verdict.allowed ? RENEW_AFTER : heldFor),
      usedAt: at,
    };
    const held = settled.get(key);
    settled.delete(key);
    const oldest = settled.keys().next().value;
    if (oldest !== undefined && settled.size >= VERDICTS_KEPT) settled.delete(oldest);
    settled.set(key, held === undefined ? next : Object.assign(held, next));
  };

  const review = (key: string, caller: Caller, { question }: Asked): Promise<Verdict> =>
    underWay.get(key, async () => {
      const verdict = await within(reviewLimit, (signal) => reviewer.may(caller, question, signal));
      keep(key, verdict);
      return verdict;
    });

  const renew = async (key: string, caller: Caller, asked: Asked): Promise<void> => {
    try {
      await review(key, caller, asked);
    } catch (err) {
      log.warn({ err }, 'access could not be reviewed again; the last verdict holds its minute');
    }
  };

  /** What is settled; looked for by the caller first, whose questions are few and have keys at hand. */
  const settledOn = (caller: Caller, asked: Asked, at: EpochMs): Settled | undefined => {
    const ofCaller = near.get(caller) ?? new Map<string, Settled>();
    const close = ofCaller.get(asked.key);
    if (close !== undefined && at < close.until) return close;
    const known = settled.get(keyOf(caller, asked));
    if (known === undefined || at >= known.until) return undefined;
    if (ofCaller.size >= QUESTIONS_NEAR) ofCaller.clear();
    near.set(caller, ofCaller.set(asked.key, known));
    return known;
  };

  /** The verdict that holds, if there is one; it is renewed beside the answer. */
  const heldOn = (caller: Caller, asked: Asked): Verdict | undefined => {
    const at = now();
    const known = settledOn(caller, asked, at);
    if (known === undefined) return undefined;
    const isLast = at + PATIENCE * (at - known.usedAt) >= known.until;
    known.usedAt = at;
    if (isLast && at >= known.renewFrom) {
      known.renewFrom = later(at, RENEW_AGAIN);
      void renew(keyOf(caller, asked), caller, asked);
    }
    return known.verdict;
  };

  return {
    /** Whether it is known, without waiting, that they may. */
    isAllowed(caller: Caller, asked: Asked): boolean {
      return caller.groups.includes(MASTERS) || heldOn(caller, asked)?.allowed === true;
    },
    async decide(caller: Caller, asked: Asked): Promise<Verdict> {
      return heldOn(caller, asked) ?? (await review(keyOf(caller, asked), caller, asked));
    },
  };
}

const later = (at: EpochMs, by: DurationMs): EpochMs => epochMs(at + by);

/** 403, worded by `kubernetes/apiserver:pkg/endpoints/handlers/responsewriters/errors.go`. */
export function forbidden({ user }: Caller, { question }: Asked, { reason }: Verdict): Status {
  const why = reason === undefined || reason === '' ? '' : `: ${reason}`;
  if ('path' in question) {
    const what = `User ${goQuoted(user)} cannot ${question.verb} path ${goQuoted(question.path)}`;
    return status({
      code: 403,
      reason: 'Forbidden',
      message: `forbidden: ${harmless(what)}${why}`,
      details: {},
    });
  }
  const { namespace, verb, group, resource } = question;
  const where =
    namespace === undefined ? 'at the cluster scope' : `in the namespace ${goQuoted(namespace)}`;
  const what = `User ${goQuoted(user)} cannot ${verb} resource ${goQuoted(resource)} in API group ${goQuoted(group)} ${where}`;
  return status({
    code: 403,
    reason: 'Forbidden',
    message: `${resource}.${group} is forbidden: ${harmless(what)}${why}`,
    details: { group, kind: resource },
  });
}

/** Undecided: nobody is let in, and the cause stays in the log. */
export const undecided = (url: string): Answer =>
  plainText(
    500,
    `${harmless(`Internal Server Error: ${goQuoted(url)}: access could not be reviewed`)}\n`,
  );

/** Text that cannot be taken for HTML. */
const harmless = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
