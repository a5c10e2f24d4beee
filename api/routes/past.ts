import type { FastifyInstance } from 'fastify';
import type { ComponentKey, Resource } from '../../domain/component.ts';
import type { Decision } from '../../domain/decision.ts';
import type { HistoryColumn } from '../../domain/history.ts';
import {
  bucketStart,
  days,
  epochMs,
  STEP,
  toRfc3339,
  type EpochMs,
  type Window,
} from '../../domain/units.ts';
import { requireIn } from '../access.ts';
import { requireKnown, type Components } from '../components.ts';
import { patience } from '../patience.ts';
import { inSeconds, unitOf } from '../reading-json.ts';
import { windowOf } from '../window.ts';
import { answers } from '../wire/answers.ts';
import {
  DecisionsQuerySchema,
  DecisionsSchema,
  HistoryQuerySchema,
  HistorySchema,
  KeyParamsSchema,
  type DecisionsQuery,
  type HistoryQuery,
  type KeyParams,
} from '../wire/series.ts';
import { keyOf } from './component.ts';

export interface HistoryReader {
  /** Columns of the components named, ascending, gaps absent. */
  readHistory(
    keys: readonly ComponentKey[],
    resource: Resource,
    window: Window,
    signal: AbortSignal,
  ): AsyncIterable<HistoryColumn>;
}

export interface DecisionReader {
  /** Newest first. */
  readDecisions(
    key: ComponentKey | undefined,
    window: Window,
    limit: number,
    signal: AbortSignal,
  ): Promise<Decision[]>;
}

type Ports = {
  readonly components: Components;
  readonly history: HistoryReader;
  readonly decisions: DecisionReader;
  readonly now: () => EpochMs;
};

const A_DAY = days(1);
const A_MONTH = days(30);
const LISTED = 100;

/** What was measured and what was done. */
export function pastRoutes(app: FastifyInstance, ports: Ports): void {
  app.get<{ Params: KeyParams; Querystring: HistoryQuery }>(
    '/v1/components/:namespace/:name/history',
    {
      config: { namespaced: true },
      schema: {
        operationId: 'getHistory',
        summary: 'What was measured, a mean per quarter hour; the last day unless asked otherwise.',
        params: KeyParamsSchema,
        querystring: HistoryQuerySchema,
        response: answers({ 200: HistorySchema }, [404]),
      },
      handler: async (request) => {
        await requireIn(request, request.params.namespace, 'list');
        const key = keyOf(request.params);
        requireKnown(ports.components, key);
        const { resource = 'cpu', ...bounds } = request.query;
        const asked = windowOf(bounds, A_DAY, ports.now());
        const window = { from: bucketStart(asked.from, STEP), to: asked.to };
        return {
          namespace: key.namespace,
          name: key.component,
          resource,
          unit: unitOf(resource),
          start: toRfc3339(window.from),
          stepSeconds: inSeconds(STEP),
          values: await valuesOf(ports.history, key, resource, window),
        };
      },
    },
  );

  app.get<{ Params: KeyParams; Querystring: DecisionsQuery }>(
    '/v1/components/:namespace/:name/decisions',
    {
      config: { namespaced: true },
      schema: {
        operationId: 'getDecisions',
        summary: 'The ledger: what was done for the component or why it was left.',
        params: KeyParamsSchema,
        querystring: DecisionsQuerySchema,
        response: answers({ 200: DecisionsSchema }, [404]),
      },
      handler: async (request) => {
        await requireIn(request, request.params.namespace, 'list');
        const key = keyOf(request.params);
        requireKnown(ports.components, key);
        const { limit = LISTED, ...bounds } = request.query;
        const window = windowOf(bounds, A_MONTH, epochMs(ports.now() + 1));
        const found = await ports.decisions.readDecisions(key, window, limit, patience());
        return { items: found.map(decisionJson) };
      },
    },
  );
}

/** One value per step of the window; what was not measured is `null`, so that gaps stay gaps. */
async function valuesOf(
  history: HistoryReader,
  key: ComponentKey,
  resource: Resource,
  window: Window,
): Promise<(number | null)[]> {
  const values = Array.from<number | null>({
    length: Math.ceil((window.to - window.from) / STEP),
  }).fill(null);
  for await (const column of history.readHistory([key], resource, window, patience())) {
    column.starts.forEach((start, index) => {
      const slot = (start - window.from) / STEP;
      if (slot in values) values[slot] = column.values[index] ?? null;
    });
  }
  return values;
}

const decisionJson = ({ at, key, kind, actor, text, reason }: Decision) => ({
  at: toRfc3339(at),
  namespace: key.namespace,
  name: key.component,
  kind,
  actor,
  text,
  ...(reason === undefined ? {} : { reason }),
});
