import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { refusal } from '../domain/errors.ts';
import { minutes } from '../domain/units.ts';

/** Calls a minute and identity (else address); 0 = no limit. */
export type Limits = { readonly reads: number; readonly writes: number; readonly runs: number };

export type Limiter = {
  /** @throws {SelfScalingError} `RATE_LIMITED` */
  count(kind: keyof Limits, request: FastifyRequest): Promise<void>;
  /** Failed identifications of one address: refuses before a token is reviewed. */
  strangers: {
    check(request: FastifyRequest): Promise<void>;
    count(request: FastifyRequest): Promise<void>;
  };
};

type Count = (request: FastifyRequest, options?: { increment?: boolean }) => Promise<void>;

export async function createLimiter(app: FastifyInstance, limits: Limits): Promise<Limiter> {
  await app.register(rateLimit, { global: false });
  const byIdentity = (request: FastifyRequest): string =>
    request.identity === undefined ? `address ${request.ip}` : `user ${request.identity.user}`;
  const byAddress = (request: FastifyRequest): string => request.ip;
  const kinds = {
    reads: counter(app, limits.reads, byIdentity),
    writes: counter(app, limits.writes, byIdentity),
    runs: counter(app, limits.runs, byIdentity),
  };
  const strangers = counter(app, limits.reads, byAddress);
  return {
    count: (kind, request) => kinds[kind](request),
    strangers: {
      check: (request) => strangers(request, { increment: false }),
      count: (request) => strangers(request),
    },
  };
}

function counter(
  app: FastifyInstance,
  max: number,
  keyGenerator: (request: FastifyRequest) => string,
): Count {
  if (max === 0) return async () => {};
  const apply = app.createRateLimit({ max, timeWindow: minutes(1), keyGenerator });
  return async (request, options = {}) => {
    const verdict = await apply(request, options);
    if (verdict.isAllowed || !isOver(verdict, options.increment)) return;
    throw refusal('RATE_LIMITED', `more than ${max} calls of this kind in a minute`, {
      details: { limit: max, retryAfterSeconds: Math.max(1, verdict.ttlInSeconds) },
    });
  };
}

/** A look that does not count itself must refuse as soon as nothing remains. */
const isOver = (
  { isExceeded, remaining }: { isExceeded: boolean; remaining: number },
  increment = true,
): boolean => (increment ? isExceeded : remaining === 0);
