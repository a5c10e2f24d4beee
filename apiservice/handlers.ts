import type { Log } from '../domain/log.ts';
import { days, epochMs, toHttpDate, type EpochMs } from '../domain/units.ts';
import type { Acceptance } from './accept.ts';
import { json, statusAnswer, type Answer } from './answer.ts';
import { API_GROUP, API_RESOURCE_LIST, groupDiscovery } from './discovery.ts';
import { metricAnswers, type ExternalMetricsProvider } from './external-metrics.ts';
import {
  checkAnswer,
  healthAnswer,
  pathNotFound,
  type Check,
  type HealthEndpoint,
} from './health.ts';
import { openApiDocuments } from './openapi.ts';
import { PATHS, type FixedRoute, type Route } from './routes.ts';
import { notAcceptable, notFound } from './status.ts';

type Ports = {
  readonly provider: ExternalMetricsProvider;
  readonly checks: Readonly<Record<HealthEndpoint, readonly Check[]>>;
  /** The text that Prometheus reads. */
  readonly metricsText: () => Promise<string>;
  /** Of the program, `0.1.0`. */
  readonly version: string;
  readonly now: () => EpochMs;
  readonly log: Log;
};

/** What a request still says when its caller is known and may do it. */
export type Wishes = {
  readonly accepted: Acceptance;
  readonly ifNoneMatch: string | undefined;
  readonly pretty: boolean;
};

const YEAR = days(365);
const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8';

/** One answer for each route; all but metrics and health are constants made here, at the start. */
export function handlers({ provider, checks, metricsText, version, now, log }: Ports) {
  const metric = metricAnswers(provider);
  const discovery = groupDiscovery();
  const openapi = openApiDocuments();
  const negotiated = ({ accepted, pretty }: Wishes, value: unknown): Answer =>
    accepted.json ? json(200, value, pretty) : statusAnswer(notAcceptable(), false);

  const fixed: Readonly<Record<FixedRoute, (wishes: Wishes) => Answer | Promise<Answer>>> = {
    resources: (wishes) => negotiated(wishes, API_RESOURCE_LIST),
    group: (wishes) => negotiated(wishes, API_GROUP),
    groups: ({ accepted, ifNoneMatch, pretty }) => discovery(accepted, ifNoneMatch, pretty),
    'openapi-v2': ({ accepted, ifNoneMatch }) =>
      accepted.json ? openapi.v2(ifNoneMatch) : NOTHING_ACCEPTED,
    'openapi-v3': ({ accepted }) => (accepted.json ? openapi.v3() : NOTHING_ACCEPTED),
    metrics: async () => ({ code: 200, type: PROMETHEUS_TEXT, body: await metricsText() }),
    version: ({ pretty }) => json(200, versionInfo(version), pretty),
    index: ({ pretty }) => json(200, { paths: PATHS }, pretty),
  };

  return (route: Route, wishes: Wishes): Answer | Promise<Answer> => {
    switch (route.kind) {
      case 'metric':
        return wishes.accepted.json
          ? metric(route, now(), wishes.pretty)
          : statusAnswer(notAcceptable(), false);
      case 'health':
        return healthAnswer(route.endpoint, checks[route.endpoint], route, log);
      case 'check':
        return checkAnswer(checks[route.endpoint], route.check);
      case 'openapi-v3-document':
        return wishes.accepted.json
          ? openapi.v3Document(route.hash, wishes.ifNoneMatch, toHttpDate(epochMs(now() + YEAR)))
          : NOTHING_ACCEPTED;
      case 'missing':
        return route.belowGroup ? statusAnswer(notFound(), wishes.pretty) : pathNotFound();
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
