import type { AccessQuestion, AccessReviewer, Caller, Verdict } from '../domain/access.ts';
import { isRefusal, refusal } from '../domain/errors.ts';
import type { Random } from '../domain/random.ts';
import { durationMs, seconds } from '../domain/units.ts';
import { at, isJson, textAt, textsAt } from './json.ts';
import type { Ask, Kube } from './request.ts';
import { retried, type Pause } from './retry.ts';

/**
 * Kubernetes' word on who somebody is and what they may do, asked anew each time: who asks often
 * keeps the answers. One question takes ten seconds at most, tries included.
 *
 * @see kubernetes/kubernetes:staging/src/k8s.io/apiserver/pkg/server/options/authentication.go,
 *   DefaultAuthWebhookRetryBackoff
 */
export function accessReviews(
  kube: Pick<Kube, 'ask'>,
  wait: { readonly pause: Pause; readonly random: Random },
): AccessReviewer {
  const review = async (question: Ask, signal: AbortSignal): Promise<unknown> => {
    const late = AbortSignal.timeout(REVIEW_LIMIT);
    const either = AbortSignal.any([signal, late]);
    try {
      return await retried(() => kube.ask(question, either), BACKOFF, wait, either);
    } catch (cause) {
      signal.throwIfAborted();
      if (!late.aborted && !isRefusal(cause)) throw cause;
      const why = isRefusal(cause) ? cause.message : 'no answer in 10 s';
      throw refusal('REVIEW_FAILED', `Kubernetes could not decide: ${why}`, { cause });
    }
  };
  return {
    async whoIs(token, signal) {
      const answer = await review(
        reviewOf('authentication.k8s.io', 'TokenReview', 'tokenreviews', { token }),
        signal,
      );
      return toCaller(answer);
    },
    async may(caller, question, signal) {
      const answer = await review(
        reviewOf(
          'authorization.k8s.io',
          'SubjectAccessReview',
          'subjectaccessreviews',
          specOf(caller, question),
        ),
        signal,
      );
      return toVerdict(answer);
    },
  };
}

const REVIEW_LIMIT = seconds(10);
const BACKOFF = { tries: 5, first: durationMs(500), factor: 1.5, jitter: 0.2 };

const reviewOf = (group: string, kind: string, plural: string, spec: object): Ask => ({
  method: 'POST',
  path: `/apis/${group}/v1/${plural}`,
  body: { apiVersion: `${group}/v1`, kind, spec },
});

/** `undefined` when the token is nobody's; an answer without a verdict is no answer. */
const toCaller = (answer: unknown): Caller | undefined => {
  const status = at(answer, 'status');
  if (!isJson(status)) throw refusal('REVIEW_FAILED', 'the TokenReview came back without a status');
  if (status['authenticated'] !== true) return undefined;
  const user = textAt(status, 'user', 'username');
  if (user === undefined) throw refusal('REVIEW_FAILED', 'the TokenReview names no user');
  const uid = textAt(status, 'user', 'uid');
  const extra = at(status, 'user', 'extra');
  return {
    user,
    ...(uid === undefined ? {} : { uid }),
    groups: textsAt(status, 'user', 'groups'),
    extra: isJson(extra)
      ? Object.fromEntries(Object.keys(extra).map((key) => [key, textsAt(extra, key)]))
      : {},
  };
};

const specOf = ({ user, uid, groups, extra }: Caller, question: AccessQuestion): object => ({
  user,
  uid,
  groups,
  extra,
  ...('path' in question ? { nonResourceAttributes: question } : { resourceAttributes: question }),
});

const toVerdict = (answer: unknown): Verdict => {
  const status = at(answer, 'status');
  if (!isJson(status)) {
    throw refusal('REVIEW_FAILED', 'the SubjectAccessReview came back without a status');
  }
  const reason = textAt(status, 'reason') ?? textAt(status, 'evaluationError');
  return {
    allowed: status['allowed'] === true && status['denied'] !== true,
    ...(reason === undefined ? {} : { reason }),
  };
};
