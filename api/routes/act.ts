import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isRefusal, refusal } from '../../domain/errors.ts';
import type { Run, RunKind } from '../../domain/run.ts';
import type { Components } from '../components.ts';
import { sendText, TEXTS } from '../contract-texts.ts';
import type { Limiter } from '../limits.ts';
import { untilGone } from '../patience.ts';
import { HttpRefusal } from '../problem.ts';
import type { Runs, RunStarter } from '../run-starter.ts';
import { trainOutcome } from '../train-outcome.ts';
import { answers, Text } from '../wire/answers.ts';

type Ports = {
  readonly components: Components;
  readonly runs: Runs;
  readonly starter: RunStarter;
  readonly limiter: Limiter;
  /** Aborts when the listener closes: nobody is kept waiting then. */
  readonly closing: AbortSignal;
};

/** The two calls of the contract that act although they are GETs; a HEAD would act as well, so there is none. */
export function actRoutes(app: FastifyInstance, ports: Ports): void {
  app.get(
    '/v1/train',
    {
      config: { acts: true },
      exposeHeadRoute: false,
      schema: {
        operationId: 'train',
        summary: 'Trains, and answers when the run has ended; joins a run that is under way.',
        response: answers(
          {
            200: Text(TEXTS.trained),
            409: Text(TEXTS.noComponents, TEXTS.insufficientData),
          },
          [500],
        ),
      },
    },
    async (request, reply) => {
      if (ports.components.list().length === 0) return sendText(reply, 409, TEXTS.noComponents);
      const run = await runToItsEnd('train', ports, request, reply);
      const outcome = trainOutcome(run);
      switch (outcome) {
        case 'trained':
          return sendText(reply, 200, TEXTS.trained);
        case 'too-little':
          return sendText(reply, 409, TEXTS.insufficientData);
        case 'failed':
          throw trainingFailed(run);
        default:
          return outcome satisfies never;
      }
    },
  );

  app.get(
    '/v1/inference',
    {
      config: { acts: true },
      exposeHeadRoute: false,
      schema: {
        operationId: 'infer',
        summary: 'Plans and applies now, and answers when the run has ended.',
        response: answers({ 200: Text(TEXTS.inferred), 500: Text(TEXTS.inferenceFailed) }),
      },
    },
    async (request, reply) => {
      const ended = await inferenceTo(ports, request, reply);
      return ended
        ? sendText(reply, 200, TEXTS.inferred)
        : sendText(reply, 500, TEXTS.inferenceFailed);
    },
  );
}

/** @returns whether it went well; the cause of a failure is in the log and the run, never in the body. */
async function inferenceTo(
  ports: Ports,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<boolean> {
  try {
    const run = await runToItsEnd('inference', ports, request, reply);
    if (run.state === 'done') return true;
    request.log.warn({ run: run.id, reason: run.reason }, 'an inference run failed');
  } catch (err) {
    if (isRefusal(err) || err instanceof HttpRefusal) throw err;
    request.log.error({ err }, 'an inference run met a bug');
  }
  return false;
}

/** The caller waits, the run does not care: it goes on when the caller has gone. */
async function runToItsEnd(
  kind: RunKind,
  { runs, starter, limiter, closing }: Ports,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Run> {
  const gone = untilGone(reply);
  const { run } = await starter.startOrJoin(kind, () => limiter.count('runs', request));
  request.trail = { run: run.id };
  try {
    return await runs.waitForEnd(run.id, AbortSignal.any([gone, closing]));
  } catch (error) {
    if (!gone.aborted && !closing.aborted) throw error;
    throw new HttpRefusal(503, `nobody waits any longer; the run goes on: GET /v1/runs/${run.id}`);
  }
}

const trainingFailed = (run: Run) =>
  refusal('TRAINING_FAILED', `no component was trained; the reasons are in /v1/runs/${run.id}`, {
    details: { run: run.id },
  });
