import type { FastifyInstance, FastifyRequest } from 'fastify';
import { actsOf } from './access.ts';

/** One member of one component (or setting) that a call changed. */
export type Change = {
  readonly component: string;
  readonly member: string;
  readonly from: unknown;
  readonly to: unknown;
};

/** What a call did; told by its handler. */
export type Trail = { readonly changed?: readonly Change[]; readonly run?: string };

declare module 'fastify' {
  interface FastifyRequest {
    trail: Trail | undefined;
  }
}

/** The statuses that refuse a caller; from 500 on the failure is ours, and the error handler tells it. */
const isRefused = (status: number): boolean => status >= 400 && status < 500;

/** One line for each call that acts and for each refusal, always; no token and no body is in it. */
export function keepAudit(app: FastifyInstance): void {
  app.decorateRequest('trail', undefined);
  app.addHook('onResponse', async (request, { statusCode }) => {
    if (!isRefused(statusCode) && !actsOf(request)) return;
    request.log.info({ audit: lineOf(request, statusCode) }, 'audit');
  });
}

const lineOf = (request: FastifyRequest, outcome: number): Readonly<Record<string, unknown>> => ({
  user: request.identity?.user,
  groups: request.identity?.groups,
  sourceIp: request.ip,
  verb: request.method,
  path: request.url.split('?', 1)[0],
  outcome,
  changed: request.trail?.changed,
  run: request.trail?.run,
  requestId: request.id,
});
