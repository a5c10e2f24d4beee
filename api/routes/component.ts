import type { FastifyInstance } from 'fastify';
import type { ComponentKey, Resource } from '../../domain/component.ts';
import { forecastMissing, refusal, storeUnavailable } from '../../domain/errors.ts';
import { unpackIssue } from '../../domain/packed-forecast.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import { days, toRfc3339, type EpochMs } from '../../domain/units.ts';
import { requireIn } from '../access.ts';
import { asIssued } from '../as-issued.ts';
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
import { windowOf } from '../window.ts';
import { answers } from '../wire/answers.ts';
import { ComponentDetailSchema, type ComponentDetailJson } from '../wire/component-detail.ts';
import { ForecastQuerySchema, ForecastsSchema, type ForecastQuery } from '../wire/quality.ts';
import { KeyParamsSchema, type KeyParams } from '../wire/series.ts';
import type { RecordReader } from '../record-reader.ts';

/** The last snapshot; `undefined` while none was ever loaded. */
export interface SnapshotSource {
  current(): Snapshot | undefined;
}

type Ports = {
  readonly components: Components;
  readonly settings: SettingsKeeper;
  readonly snapshots: SnapshotSource;
  readonly record: RecordReader;
  readonly now: () => EpochMs;
};

const A_DAY = days(1);

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
        summary:
          'The forecast in force, per quantile level, and the reading made of it; or what was said before.',
        params: KeyParamsSchema,
        querystring: ForecastQuerySchema,
        response: answers({ 200: ForecastsSchema }, [404]),
      },
      handler: async (request) => {
        await requireIn(request, request.params.namespace, 'list');
        const key = keyOf(request.params);
        requireKnown(ports.components, key);
        const { resource = 'cpu', vintage, ...bounds } = request.query;
        if (vintage !== undefined) {
          const window = windowOf(bounds, A_DAY, ports.now());
          return await asIssued(key, resource, vintage, window, ports.record);
        }
        refuseBounds(bounds);
        return forecastOf(key, resource, ports);
      },
    },
  );
}

/** The forecast in force is told whole. */
function refuseBounds(bounds: object): void {
  const [name] = Object.keys(bounds);
  if (name === undefined) return;
  const message = 'is for forecasts as they were issued: name vintage too';
  throw refusal('REQUEST_INVALID', `${name} ${message}`, {
    details: { errors: [{ path: `/${name}`, message }] },
  });
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
