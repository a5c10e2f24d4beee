import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ComponentView } from '../../domain/component-view.ts';
import { idOf } from '../../domain/component.ts';
import { isRefusal } from '../../domain/errors.ts';
import { managedName } from '../../domain/settings.ts';
import type { EpochMs } from '../../domain/units.ts';
import { actorOf, allowedAmong, forbidden, requireIn } from '../access.ts';
import { toJson, withFlags, type Components, type SettingsKeeper } from '../components.ts';
import { sendText, TEXTS } from '../contract-texts.ts';
import { bodyOf, requireJson } from '../json-body.ts';
import { planManaged, type ManagedChange } from '../managed-changes.ts';
import { patience } from '../patience.ts';
import { answers, Text } from '../wire/answers.ts';
import { ComponentsQuerySchema, type ComponentsQuery } from '../wire/component-detail.ts';
import {
  ComponentsSchema,
  ManagedBodySchema,
  readManagedBody,
  type ManagedEntry,
} from '../wire/component.ts';

type Ports = {
  readonly components: Components;
  readonly settings: SettingsKeeper;
  readonly now: () => EpochMs;
};

export function componentRoutes(app: FastifyInstance, ports: Ports): void {
  app.get<{ Querystring: ComponentsQuery }>('/v1/components', {
    config: { namespaced: true },
    schema: {
      operationId: 'listComponents',
      summary: 'Every component, and whether it is managed.',
      querystring: ComponentsQuerySchema,
      response: answers({ 200: ComponentsSchema }),
    },
    handler: async (request) => {
      const { namespace, managed } = request.query;
      const views = await readable(request, await flagged(ports, request));
      const chosen = views
        .toSorted((a, b) => (idOf(a.key) < idOf(b.key) ? -1 : 1))
        .filter(
          (view) =>
            (namespace === undefined || view.key.namespace === namespace) &&
            (managed === undefined || view.managed === managed),
        );
      return { components: chosen.map(toJson) };
    },
  });

  app.post(
    '/v1/components',
    {
      config: { namespaced: true },
      onRequest: requireJson,
      validatorCompiler: () => () => true, // the contract has its own texts for what does not fit
      schema: {
        operationId: 'setManaged',
        summary: 'Says which components are managed; all of it or nothing.',
        body: ManagedBodySchema,
        response: answers(
          {
            200: Text(TEXTS.componentsChanged),
            400: Text(TEXTS.invalidJson, TEXTS.managedNotBoolean),
            415: Text(TEXTS.contentType),
          },
          [404, 409, 413],
        ),
      },
    },
    async (request, reply) => {
      const body = bodyOf(request);
      if (!body.ok) return sendText(reply, 400, TEXTS.invalidJson);
      const read = readManagedBody(body.value);
      if (read.ok) return await change(read.entries, ports, request, reply);
      return sendText(
        reply,
        400,
        read.defect === 'managed' ? TEXTS.managedNotBoolean : TEXTS.invalidJson,
      );
    },
  );
}

async function change(
  entries: readonly ManagedEntry[],
  ports: Ports,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  for (const namespace of new Set(entries.flatMap((entry) => entry.namespace ?? []))) {
    await requireIn(request, namespace, 'patch');
  }
  const views = ports.components.list();
  const stored = await ports.settings.all(patience());
  const plan = planManaged(entries, await writable(request, withFlags(views, stored)));
  if (plan.kind === 'refuse') throw plan.refusal;
  if (plan.kind === 'contradiction') return sendText(reply, 400, TEXTS.invalidJson);
  await keep(plan.changes, ports, request);
  return sendText(reply, 200, TEXTS.componentsChanged);
}

/** In the store before the answer is sent. */
async function keep(
  changes: readonly ManagedChange[],
  { settings, now }: Ports,
  request: FastifyRequest,
): Promise<void> {
  if (changes.length === 0) return;
  const changedBy = actorOf(request);
  const at = now();
  await settings.set(
    changes.map(({ view, managed }) => ({
      name: managedName(view.key),
      value: managed,
      changedBy,
      at,
    })),
    patience(),
  );
  request.trail = {
    changed: changes.map(({ view, managed }) => ({
      component: idOf(view.key),
      member: 'managed',
      from: view.managed,
      to: managed,
    })),
  };
}

/** While the store is away, what the controller knew last is shown: that is also what it acts on. */
async function flagged(
  { components, settings }: Ports,
  request: FastifyRequest,
): Promise<readonly ComponentView[]> {
  const views = components.list();
  try {
    return withFlags(views, await settings.all(patience()));
  } catch (err) {
    if (!isRefusal(err, 'STORE_UNAVAILABLE')) throw err;
    request.log.warn({ err }, 'the managed flags are shown as last known; the store is away');
    return views;
  }
}

const namespacesOf = (views: readonly ComponentView[]): Set<string> =>
  new Set(views.map(({ key }) => key.namespace));

/** A tenant sees its namespaces; who may see none is refused, not shown an empty cluster. */
async function readable(
  request: FastifyRequest,
  views: readonly ComponentView[],
): Promise<readonly ComponentView[]> {
  const allowed = await allowedAmong(request, namespacesOf(views), 'list');
  if (request.byNamespace && allowed.size === 0) {
    throw forbidden('list horizontalpodautoscalers.autoscaling in any namespace');
  }
  return views.filter(({ key }) => allowed.has(key.namespace));
}

/** Names are looked up among these only: a name elsewhere is none of the caller's business. */
async function writable(
  request: FastifyRequest,
  views: readonly ComponentView[],
): Promise<readonly ComponentView[]> {
  const allowed = await allowedAmong(request, namespacesOf(views), 'patch');
  return views.filter(({ key }) => allowed.has(key.namespace));
}
