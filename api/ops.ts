import {
  fastify,
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
} from 'fastify';
import { failingOf, type HealthCheck } from './checks.ts';
import type { Meters } from './meters.ts';

export type OpsPorts = {
  /** Never depends on Kubernetes or the store: a restart would not cure those. */
  readonly live: () => readonly HealthCheck[];
  readonly ready: (signal: AbortSignal) => Promise<readonly HealthCheck[]>;
  readonly meters: Pick<Meters, 'expose'>;
  readonly log: FastifyBaseLogger;
};

/** Probes and metrics, plain HTTP without identity: no name of a workload is in it. */
export async function createOps({ live, ready, meters, log }: OpsPorts): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
  });
  app.get('/livez', async (_, reply) =>
    tell(
      reply,
      live().filter(({ healthy }) => !healthy),
    ),
  );
  app.get('/readyz', async (_, reply) => tell(reply, await failingOf({ checks: ready })));
  app.get('/metrics', async (_, reply) => {
    const { text, contentType } = await meters.expose();
    return reply.type(contentType).send(text);
  });
  await app.ready();
  return app;
}

/** As Kubernetes does it: `ok`, or a line for each part that fails. */
function tell(reply: FastifyReply, failing: readonly HealthCheck[]): FastifyReply {
  const lines = failing.map(({ name, why = 'not healthy' }) => `[-]${name}: ${why}\n`);
  return reply
    .code(failing.length === 0 ? 200 : 503)
    .type('text/plain; charset=utf-8')
    .send(failing.length === 0 ? 'ok' : lines.join(''));
}
