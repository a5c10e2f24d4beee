import type { AccessReviewer } from '../domain/access.ts';
import type { DurationMs, EpochMs } from '../domain/units.ts';
import { counter, gauge, histogram, type Labels } from './exposition.ts';
import { GROUP, VERSION } from './group.ts';

/**
 * What dashboards for API servers look for, beside our own: the names and the buckets of the Go library.
 * No label holds the name of a metric, of a namespace or of a caller.
 *
 * @see kubernetes/apiserver:pkg/endpoints/metrics/metrics.go
 */
export function apiServerMeters(now: () => EpochMs) {
  const requests = counter(
    'apiserver_request_total',
    'Requests answered, by verb, resource and code.',
  );
  const durations = histogram(
    'apiserver_request_duration_seconds',
    'How long an answer takes, by verb and resource.',
    REQUEST_SECONDS,
  );
  const authn = reviewMeter('authn');
  const authz = reviewMeter('authz');
  const expirations = histogram(
    'apiserver_client_certificate_expiration_seconds',
    'What was left of the certificates that clients showed.',
    CERTIFICATE_SECONDS,
  );
  const freshness = histogram(
    'metrics_apiserver_metric_freshness_seconds',
    'Age of the values that were served.',
    FRESHNESS_SECONDS,
  );
  const inFlight = { readOnly: 0, mutating: 0 };
  const sinceSeconds = (then: EpochMs): number => Math.max(0, now() - then) / MILLISECONDS;

  const timed = async <T>(meter: ReturnType<typeof reviewMeter>, ask: Promise<T>): Promise<T> => {
    const begun = now();
    try {
      const answer = await ask;
      meter.answered('201', sinceSeconds(begun));
      return answer;
    } catch (error) {
      meter.answered('<error>', sinceSeconds(begun));
      throw error;
    }
  };

  return {
    /** A request has begun; the answer is called when it has been answered, and says in how many seconds. */
    began(asked: string, isMetric: boolean): (code: number) => number {
      // Strangers may send any method: those that nobody knows are one.
      const method = METHODS.includes(asked) ? asked : 'other';
      const kind = method === 'GET' || method === 'HEAD' ? 'readOnly' : 'mutating';
      const begun = now();
      inFlight[kind] += 1;
      return (code) => {
        inFlight[kind] -= 1;
        const key = isMetric ? `${method} *` : method;
        const labels = (): Labels => (isMetric ? ofMetric(method) : ofPath(method));
        requests.add(`${key} ${code}`, () => ({ ...labels(), code: String(code) }));
        const taken = sinceSeconds(begun);
        durations.observe(key, labels, taken);
        return taken;
      };
    },
    /** The same reviewer, with its answers counted. */
    measured: (reviewer: AccessReviewer): AccessReviewer => ({
      whoIs: (token, signal) => timed(authn, reviewer.whoIs(token, signal)),
      may: (caller, question, signal) => timed(authz, reviewer.may(caller, question, signal)),
    }),
    certificateSeen: (left: DurationMs): void =>
      expirations.observe('', () => ({}), Math.max(0, left) / MILLISECONDS),
    served: (issuedAt: EpochMs): void =>
      freshness.observe('', () => ({ group: GROUP }), sinceSeconds(issuedAt)),
    text: (): string =>
      [
        requests.text(),
        durations.text(),
        gauge(
          'apiserver_current_inflight_requests',
          'Requests under way.',
          Object.entries(inFlight).map(([kind, count]) => [{ request_kind: kind }, count]),
        ),
        authn.text(),
        authz.text(),
        expirations.text(),
        freshness.text(),
      ].join(''),
  };
}

export type ApiServerMeters = ReturnType<typeof apiServerMeters>;

const MILLISECONDS = 1000;
const REQUEST_SECONDS = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45,
  60,
];
const REVIEW_SECONDS = [0.25, 0.5, 0.7, 1, 1.5, 3, 5, 10];
const CERTIFICATE_SECONDS = [
  0, 1800, 3600, 7200, 21_600, 43_200, 86_400, 172_800, 345_600, 604_800, 2_592_000, 7_776_000,
  15_552_000, 31_104_000,
];
const FRESHNESS_GROWTH = 1.364;
const FRESHNESS_SECONDS = Array.from({ length: 20 }, (_, at) => FRESHNESS_GROWTH ** at);

function reviewMeter(what: 'authn' | 'authz') {
  const name = `apiserver_delegated_${what}_request`;
  const total = counter(`${name}_total`, 'Reviews asked of Kubernetes, by what came back.');
  const durations = histogram(
    `${name}_duration_seconds`,
    'How long a review takes, by what came back.',
    REVIEW_SECONDS,
  );
  return {
    answered(code: string, seconds: number): void {
      total.add(code, () => ({ code }));
      durations.observe(code, () => ({ code }), seconds);
    },
    text: (): string => total.text() + durations.text(),
  };
}

const METRIC_VERBS = new Map([
  ['GET', 'LIST'],
  ['HEAD', 'LIST'],
  ['DELETE', 'DELETECOLLECTION'],
]);
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

const ofMetric = (method: string): Labels => ({
  verb: METRIC_VERBS.get(method) ?? method,
  group: GROUP,
  version: VERSION,
  resource: '*',
  scope: 'namespace',
  component: '',
});

const ofPath = (verb: string): Labels => ({
  verb,
  group: '',
  version: '',
  resource: '',
  scope: '',
  component: '',
});
