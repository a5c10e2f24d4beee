import type { FastifyInstance } from 'fastify';
import type { ComponentKey, Resource } from '../../domain/component.ts';
import { forecastMissing, storeUnavailable } from '../../domain/errors.ts';
import { unpackIssue } from '../../domain/packed-forecast.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import { toRfc3339, type EpochMs } from '../../domain/units.ts';
import { requireIn } from '../access.ts';
import {
  requireKnown,
  toJson,
  viewOf,
  withFlags,
  type Components,
  type SettingsKeeper,
} from '../components.ts';
import { patience } from '../patience.ts';
import { inSeconds, readingJson, unitOf } from '../reading-json.ts';
import { answers } from '../wire/answers.ts';
import { ComponentDetailSchema, type ComponentDetailJson } from '../wire/component-detail.ts';
import {
  ForecastQuerySchema,
  ForecastSchema,
  KeyParamsSchema,
  type ForecastQuery,
  type KeyParams,
} from '../wire/series.ts';

/** The last snapshot; `undefined` while none was ever loaded. */
export interface SnapshotSource {
  current(): Snapshot | undefined;
}

type Ports = {
  readonly components: Components;
  readonly settings: SettingsKeeper;
  readonly snapshots: SnapshotSource;
  readonly now: () => EpochMs;
};

export const keyOf = ({ namespace, name }: KeyParams): ComponentKey => ({
  namespace,
  component: name,
});

export function componentDetailRoutes(app: FastifyInstance, ports: Ports): void {
  app.get<{ Params: KeyParams }>('/v1/components/:namespace/:name', {
    config: { namespaced: true },
    schema: {
      operationId: 'getComponent',
      summary: 'One component: usage, replicas, HPA, conditions and readings.',
      params: KeyParamsSchema,
      response: answers({ 200: ComponentDetailSchema }, [404]),
    },
    handler: async (request) => {
      await requireIn(request, request.params.namespace, 'list');
      return await detailOf(keyOf(request.params), ports);
    },
  });

  app.get<{ Params: KeyParams; Querystring: ForecastQuery }>(
    '/v1/components/:namespace/:name/forecast',
    {
      config: { namespaced: true },
      schema: {
        operationId: 'getForecast',
        summary: 'The forecast in force, per quantile level, and the reading made of it.',
        params: KeyParamsSchema,
        querystring: ForecastQuerySchema,
        response: answers({ 200: ForecastSchema }, [404]),
      },
      handler: async (request) => {
        await requireIn(request, request.params.namespace, 'list');
        const key = keyOf(request.params);
        requireKnown(ports.components, key);
        return forecastOf(key, request.query.resource ?? 'cpu', ports);
      },
    },
  );
}

async function detailOf(
  key: ComponentKey,
  { components, settings, snapshots, now }: Ports,
): Promise<ComponentDetailJson> {
  const known = viewOf(components, key);
  const [view = known] = withFlags([known], await settings.all(patience()));
  const snapshot = snapshots.current();
  const at = now();
  const reading = (resource: Resource) =>
    readingJson(snapshot?.read({ key, resource }, at) ?? { kind: 'unknown' }, resource);
  return {
    ...toJson(view),
    readings: { cpu: reading('cpu'), memory: reading('memory') },
    ...(snapshot === undefined ? {} : { snapshot: toRfc3339(snapshot.at) }),
  };
}

function forecastOf(key: ComponentKey, resource: Resource, { snapshots, now }: Ports) {
  const snapshot = snapshots.current();
  if (snapshot === undefined) throw storeUnavailable('no snapshot has been loaded yet');
  const issue = snapshot.issue(key, resource);
  if (issue === undefined) throw forecastMissing(key.component);
  const { start, step, levels, values } = unpackIssue(issue);
  return {
    namespace: key.namespace,
    name: key.component,
    resource,
    unit: unitOf(resource),
    start: toRfc3339(start),
    stepSeconds: inSeconds(step),
    issuedAt: toRfc3339(issue.issuedAt),
    model: issue.model,
    run: issue.run,
    snapshot: toRfc3339(snapshot.at),
    reading: readingJson(snapshot.read({ key, resource }, now()), resource),
    series: levels.map((level, index) => ({ level, values: [...(values[index] ?? [])] })),
  };
}
