import type { Log } from '../domain/log.ts';
import { days, epochMs, toHttpDate, type DurationMs, type EpochMs } from '../domain/units.ts';
import type { Acceptance } from './accept.ts';
import type { Answer } from './answer.ts';
import { groupDiscovery } from './discovery.ts';
import { encoded, json, PLAIN_JSON, statusAnswer, type Form } from './encode.ts';
import { metricAnswers, type SlowMetricsProvider } from './external-metrics.ts';
import {
  checkAnswer,
  healthAnswer,
  pathNotFound,
  type Check,
  type HealthEndpoint,
} from './health.ts';
import { openApiDocuments } from './openapi.ts';
import { API_GROUP, API_RESOURCE_LIST } from './resources.ts';
import type { PassThrough } from './pass-through.ts';
import { PATHS, type FixedRoute, type Route } from './routes.ts';
import type { Served } from './served.ts';
import { notAcceptable, notFound } from './status.ts';

type Ports = {
  readonly provider: SlowMetricsProvider;
  readonly passThrough?: PassThrough | undefined;
  readonly checks: Readonly<Record<HealthEndpoint, readonly Check[]>>;
  /** The text that Prometheus reads. */
  readonly metricsText: () => Promise<string>;
  /** Of the program, `0.1.0`. */
  readonly version: string;
  readonly now: () => EpochMs;
  readonly log: Log;
  /** Told how old a value is that is served. */
  readonly served: (issuedAt: EpochMs) => void;
  /** How long a slow provider may take. */
  readonly answerLimit: DurationMs;
};

/** What a request still says when its caller is known and may do it. */
export type Wishes = {
  readonly accepted: Acceptance;
  readonly ifNoneMatch: string | undefined;
  /** Of an object, if it accepts any; of a failure. */
  readonly form: Form;
};

const YEAR = days(365);
const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8';

/** One answer for each route; all but metrics and health are constants made here, at the start. */
export function handlers(ports: Ports) {
  const { provider, checks, metricsText, version, now, log } = ports;
  const metric = metricAnswers(provider, ports);
  const discovery = groupDiscovery();
  const openapi = openApiDocuments();
  const negotiated = ({ accepted, form }: Wishes, value: Served): Answer =>
    accepted.media === undefined
      ? statusAnswer(notAcceptable(), PLAIN_JSON)
      : encoded(200, value, form);

  const fixed: Readonly<Record<FixedRoute, (wishes: Wishes) => Answer | Promise<Answer>>> = {
    resources: (wishes) => negotiated(wishes, API_RESOURCE_LIST),
    group: (wishes) => negotiated(wishes, API_GROUP),
    groups: ({ accepted, ifNoneMatch, form }) => discovery(accepted, ifNoneMatch, form.pretty),
    'openapi-v2': ({ accepted, ifNoneMatch }) =>
      accepted.json ? openapi.v2(ifNoneMatch) : NOTHING_ACCEPTED,
    'openapi-v3': ({ accepted }) => (accepted.json ? openapi.v3() : NOTHING_ACCEPTED),
    metrics: async () => ({ code: 200, type: PROMETHEUS_TEXT, body: await metricsText() }),
    version: ({ form }) => json(200, versionInfo(version), form.pretty),
    index: ({ form }) => json(200, { paths: PATHS }, form.pretty),
  };

  const metricOf = (route: Extract<Route, { kind: 'metric' }>, form: Form) =>
    ports.passThrough?.isTheirs(route.metric)
      ? ports.passThrough.answer(route, form)
      : metric(route, now(), form);

  return (route: Route, wishes: Wishes): Answer | Promise<Answer> => {
    switch (route.kind) {
      case 'metric':
        return wishes.accepted.media === undefined
          ? statusAnswer(notAcceptable(), PLAIN_JSON)
          : metricOf(route, wishes.form);
      case 'health':
        return healthAnswer(route.endpoint, checks[route.endpoint], route, log);
      case 'check':
        return checkAnswer(checks[route.endpoint], route.check);
      case 'openapi-v3-document':
        return wishes.accepted.json
          ? openapi.v3Document(route.hash, wishes.ifNoneMatch, toHttpDate(epochMs(now() + YEAR)))
          : NOTHING_ACCEPTED;
      case 'missing':
        return route.belowGroup ? statusAnswer(notFound(), wishes.form) : pathNotFound();
      case 'fixed':
        return fixed[route.name](wishes);
      default:
        return route satisfies never;
    }
  };
}

const NOTHING_ACCEPTED: Answer = { code: 406, body: '' };

/** `version.Info`, without what there is of Go in it. */
const versionInfo = (version: string) => ({
  major: version.split('.')[0] ?? '',
  minor: version.split('.')[1] ?? '',
  gitVersion: `v${version}`,
  gitCommit: '',
  gitTreeState: '',
  buildDate: '',
  goVersion: '',
  compiler: '',
  platform: `${process.platform}/${process.arch}`,
});
