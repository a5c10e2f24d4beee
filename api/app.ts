import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import {
  fastify,
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { seconds, type EpochMs } from '../domain/units.ts';
import { guard, type Access } from './access.ts';
import { keepAudit } from './audit.ts';
import { answerBrokenRequest } from './broken-request.ts';
import type { Health } from './checks.ts';
import type { Components, SettingsKeeper } from './components.ts';
import { takeBodiesAsBytes } from './json-body.ts';
import { createLimiter, type Limiter, type Limits } from './limits.ts';
import { refuseUnknown } from './methods.ts';
import { describeApi } from './openapi.ts';
import { answerProblem } from './problem.ts';
import { actRoutes } from './routes/act.ts';
import { componentDetailRoutes, type SnapshotSource } from './routes/component.ts';
import { componentRoutes } from './routes/components.ts';
import { pastRoutes, type DecisionReader, type HistoryReader } from './routes/past.ts';
import type { RecordReader } from './record-reader.ts';
import { qualityRoutes } from './routes/quality.ts';
import { runRoutes } from './routes/runs.ts';
import { systemRoutes } from './routes/system.ts';
import { trainValueRoutes, type TrainValueRules } from './routes/train-values.ts';
import { createRunStarter, type Runs } from './run-starter.ts';

/** What the hall hands in. Every refusal of a port reaches the caller as its problem document. */
export type ApiPorts = {
  readonly components: Components;
  readonly settings: SettingsKeeper;
  readonly runs: Runs;
  readonly snapshots: SnapshotSource;
  readonly history: HistoryReader;
  readonly record: RecordReader;
  readonly decisions: DecisionReader;
  readonly health: Health;
  readonly now: () => EpochMs;
  /** A pino logger fits. */
  readonly log: FastifyBaseLogger;
  /** Told of every answer, for the metrics. */
  readonly answered?: (answer: Answered) => void;
};

export type Answered = {
  /** The pattern, such as `/v1/runs/:id`; `other` for a path that is not served. */
  readonly route: string;
  readonly method: string;
  readonly code: number;
  readonly seconds: number;
};

export type ApiOptions = {
  readonly version: string;
  readonly access: Access;
  readonly limits: Limits;
  readonly trainValues: TrainValueRules;
  /** Plain HTTP unless given: `(listener) => https.createServer(tls, listener)`. */
  readonly createServer?: (listener: RequestListener) => Server;
};

const BODY_LIMIT_BYTES = 256 * 1024;
/** A namespace has 63 characters at most, a name 253; an encoded one may have three times that. */
const LONGEST_PARAMETER = 800;
const REQUEST_WITHIN = seconds(30);

/** The management API, ready to listen. Closing it ends the waiting for runs, not the runs. */
export async function createApi(ports: ApiPorts, options: ApiOptions): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: ports.log,
    logController: new LogController({
      disableRequestLogging: true, // the audit says what matters
      requestIdLogLabel: 'requestId',
    }),
    frameworkErrors: (error, request, reply) => {
      answerProblem(error, request, reply);
    },
    clientErrorHandler: answerBrokenRequest,
    genReqId: () => randomUUID(),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_WITHIN,
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
    ajv: { customOptions: { removeAdditional: false, allErrors: true } },
    serverFactory: (listener) => serverOf(options, listener),
  });
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());
  app.setErrorHandler(answerProblem);
  // The schemas describe and the tests hold us to them; a compiled serializer per status costs the start.
  app.setSerializerCompiler(() => (body) => JSON.stringify(body));
  takeBodiesAsBytes(app);
  refuseUnknown(app);
  keepAudit(app);
  app.addHook('onSend', forbidKeeping);
  app.addHook('onResponse', async (request, reply) => ports.answered?.(answerOf(request, reply)));
  await describeApi(app);
  const limiter = await createLimiter(app, options.limits);
  guard(app, options.access, limiter, ports.now);
  addRoutes(app, { ...ports, limiter, closing: closing.signal }, options);
  await app.ready();
  return app;
}

function addRoutes(
  app: FastifyInstance,
  ports: ApiPorts & { readonly limiter: Limiter; readonly closing: AbortSignal },
  options: ApiOptions,
): void {
  const withStarter = { ...ports, starter: createRunStarter(ports.runs, ports.now) };
  componentRoutes(app, ports);
  trainValueRoutes(app, ports, options.trainValues);
  actRoutes(app, withStarter);
  runRoutes(app, withStarter);
  componentDetailRoutes(app, ports);
  pastRoutes(app, ports);
  qualityRoutes(app, ports);
  systemRoutes(app, ports.health, options.version);
}

/** Everything here is true only now; a cache that kept an answer would also keep a call from acting. */
async function forbidKeeping(_: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.header('cache-control', 'no-store');
}

const answerOf = (request: FastifyRequest, reply: FastifyReply): Answered => ({
  route: request.is404 ? 'other' : (request.routeOptions.url ?? 'other'),
  method: request.method,
  code: reply.statusCode,
  seconds: reply.elapsedTime / seconds(1),
});

function serverOf(options: ApiOptions, listener: RequestListener): Server {
  const server = (options.createServer ?? createServer)(listener);
  server.requestTimeout = REQUEST_WITHIN;
  return server;
}
