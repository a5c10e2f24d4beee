import type { AccessQuestion, AccessReviewer, Caller } from '../domain/access.ts';
import { isRefusal, refusal } from '../domain/errors.ts';
import { memo } from '../domain/memo.ts';
import { minutes, seconds, type EpochMs } from '../domain/units.ts';
import type { Identify, Identity } from './identity.ts';
import { within } from './patience.ts';
import { hashOf } from './tokens.ts';

const KEPT = 4096;
const IDENTITY_HOLDS = minutes(1);
const ALLOWED_HOLDS = minutes(5);
const DENIED_HOLDS = seconds(30);
const DECIDED_WITHIN = seconds(10);
/** Who may edit the HPAs of a namespace manages its components, without a new role. */
const HPAS = { group: 'autoscaling', version: 'v2', resource: 'horizontalpodautoscalers' } as const;

/**
 * Kubernetes decides: TokenReview, then SubjectAccessReview. Both are remembered for a while, under the
 * hash of the token; callers who ask the same at once share one review, so none of them can cancel it.
 */
export function byKubernetes(reviewer: AccessReviewer, now: () => EpochMs): Identify {
  const identities = memo<Identity | undefined>(
    KEPT,
    (identity) => (identity === undefined ? DENIED_HOLDS : IDENTITY_HOLDS),
    now,
  );
  const verdicts = memo<boolean>(KEPT, (allowed) => (allowed ? ALLOWED_HOLDS : DENIED_HOLDS), now);
  const identityOf = async (token: string, hash: string): Promise<Identity | undefined> => {
    const caller = await decided((signal) => reviewer.whoIs(token, signal));
    if (caller === undefined) return undefined;
    const may = (question: AccessQuestion): Promise<boolean> =>
      verdicts.get(`${hash} ${JSON.stringify(question)}`, () => review(reviewer, caller, question));
    return {
      user: caller.user,
      groups: caller.groups,
      mayCall: (path, verb) => may({ path, verb }),
      mayIn: (namespace, verb) => may({ ...HPAS, namespace, verb }),
    };
  };
  return async (token) => {
    if (token === undefined) return undefined;
    const hash = hashOf(token).toString('base64');
    return await identities.get(hash, () => identityOf(token, hash));
  };
}

async function review(
  reviewer: AccessReviewer,
  caller: Caller,
  question: AccessQuestion,
): Promise<boolean> {
  const { allowed } = await decided((signal) => reviewer.may(caller, question, signal));
  return allowed;
}

/** Undecided is refused: what is not known lets nobody in. */
async function decided<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  try {
    return await within(DECIDED_WITHIN, ask);
  } catch (cause) {
    if (isRefusal(cause)) throw cause;
    throw refusal('REVIEW_FAILED', 'access could not be reviewed', { cause });
  }
}
