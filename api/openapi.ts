import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { ProblemSchema } from './wire/answers.ts';
import { ComponentSchema } from './wire/component.ts';
import { RunSchema } from './wire/run.ts';
import { ReadingSchema } from './wire/series.ts';

const INFO = {
  title: 'self-scaling',
  version: 'v1',
  description:
    'Forecasts the usage of Kubernetes workloads and scales them before the load arrives.',
  license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
};
const SECURITY = { bearer: { type: 'http', scheme: 'bearer' } } as const;

/** Two documents from one source: the contract (3.0.3), and the same for generators (3.1.0). */
export async function describeApi(app: FastifyInstance): Promise<void> {
  for (const schema of [ProblemSchema, ComponentSchema, RunSchema, ReadingSchema]) {
    app.addSchema(schema);
  }
  for (const [decorator, openapi] of [
    ['contract', '3.0.3'],
    ['generators', '3.1.0'],
  ] as const) {
    await app.register(swagger, {
      decorator,
      openapi: {
        openapi,
        info: INFO,
        servers: [{ url: '/' }],
        components: { securitySchemes: SECURITY },
        security: [{ bearer: [] }],
      },
      convertConstToEnum: openapi === '3.0.3',
      refResolver: {
        buildLocalReference: ({ $id }) => (typeof $id === 'string' ? $id : 'Unnamed'),
      },
    });
  }
}

type Describe = () => object;

export const contractOf = (app: FastifyInstance): object =>
  app.getDecorator<Describe>('contract')();

export const documentOf = (app: FastifyInstance): object =>
  app.getDecorator<Describe>('generators')();
