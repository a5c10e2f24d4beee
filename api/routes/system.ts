import type { FastifyInstance, FastifyReply } from 'fastify';
import { failingOf, type Health } from '../checks.ts';
import { contractOf, documentOf } from '../openapi.ts';
import { answers } from '../wire/answers.ts';
import { DocumentSchema, HealthySchema, UnhealthySchema, VersionSchema } from '../wire/system.ts';

/** The calls that need no identity. */
export function systemRoutes(app: FastifyInstance, health: Health, version: string): void {
  app.get(
    '/version',
    {
      config: { open: true },
      schema: {
        security: [],
        operationId: 'getVersion',
        summary: 'What runs here.',
        response: answers({ 200: VersionSchema }, [], true),
      },
    },
    async () => ({ component: 'self-scaling', version }),
  );

  app.get(
    '/v1/health',
    {
      config: { open: true },
      schema: {
        security: [],
        operationId: 'getHealth',
        summary: 'Whether every part does its job; names the ones that do not.',
        response: answers({ 200: HealthySchema, 503: UnhealthySchema }, [], true),
      },
    },
    async (_, reply) => {
      const failing = await failingOf(health);
      if (failing.length === 0) return { status: 'healthy' };
      reply.code(503);
      return {
        status: 'unhealthy',
        failing: failing.map(({ name, why }) => ({ name, ...(why === undefined ? {} : { why }) })),
      };
    },
  );

  app.get(
    '/v1/api-export',
    {
      config: { open: true },
      schema: {
        security: [],
        operationId: 'exportApi',
        summary: 'This contract, OpenAPI 3.0.3.',
        response: answers({ 200: DocumentSchema }, [], true),
      },
    },
    async (_, reply) => sendDocument(reply, contractOf(app)),
  );

  app.get(
    '/openapi.json',
    {
      config: { open: true },
      schema: {
        security: [],
        operationId: 'exportOpenApi',
        summary: 'The same for generators, OpenAPI 3.1.0.',
        response: answers({ 200: DocumentSchema }, [], true),
      },
    },
    async (_, reply) => sendDocument(reply, documentOf(app)),
  );
}

const sendDocument = (reply: FastifyReply, document: object): FastifyReply =>
  reply.type('application/json').send(document);
