import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refusal } from '../../domain/errors.ts';
import type { Run, RunKind } from '../../domain/run.ts';
import { days, epochMs, seconds, type EpochMs } from '../../domain/units.ts';
import { bodyOf } from '../json-body.ts';
import type { Limiter } from '../limits.ts';
import { patience, untilGone } from '../patience.ts';
import { runJson } from '../run-json.ts';
import { runOf, type Runs, type RunStarter } from '../run-starter.ts';
import { answers } from '../wire/answers.ts';
import {
  RunParamsSchema,
  RunQuerySchema,
  RunRef,
  RunsSchema,
  type RunParams,
  type RunQuery,
} from '../wire/run.ts';

type Ports = {
  readonly runs: Runs;
  readonly starter: RunStarter;
  readonly limiter: Limiter;
  readonly closing: AbortSignal;
  readonly now: () => EpochMs;
};

const LISTED = 50;
/** A run names every component: a day of them is what can be read at once. */
const LOOK_BACK = days(1);
const LOOK_AHEAD = days(1);

export function runRoutes(app: FastifyInstance, ports: Ports): void {
  jobRoutes(app, ports, 'train');
  jobRoutes(app, ports, 'inference');

  app.get<{ Params: RunParams; Querystring: RunQuery }>(
    '/v1/runs/:id',
    {
      schema: {
        operationId: 'getRun',
        summary: 'One run: state, progress, result and reason per component.',
        params: RunParamsSchema,
        querystring: RunQuerySchema,
        response: answers({ 200: RunRef }, [404]),
      },
    },
    async (request, reply) => {
      const run = await runOf(ports.runs, request.params.id);
      const { wait } = request.query;
      const isOver = run.state === 'done' || run.state === 'failed';
      if (wait === undefined || isOver) return runJson(run);
      return runJson(await ended(run, Number.parseInt(wait, 10), ports, reply));
    },
  );
}

function jobRoutes(
  app: FastifyInstance,
  { runs, starter, limiter, now }: Ports,
  kind: RunKind,
): void {
  const name = kind === 'train' ? 'Train' : 'Inference';
  app.post(
    `/v1/${kind}/runs`,
    {
      schema: {
        operationId: `start${name}Run`,
        summary: 'Starts a run, or joins the one that is under way.',
        response: answers({ 202: RunRef }, [413, 415]),
      },
    },
    async (request, reply) => {
      refuseContent(request);
      const { run, joined } = await starter.startOrJoin(kind, () => limiter.count('runs', request));
      request.trail = { run: run.id };
      reply.code(202).header('location', `/v1/runs/${run.id}`);
      return { ...runJson(run), joined };
    },
  );
  app.get(
    `/v1/${kind}/runs`,
    {
      schema: {
        operationId: `list${name}Runs`,
        summary: 'The runs of the last day, at most 50, newest first.',
        response: answers({ 200: RunsSchema }),
      },
    },
    async () => {
      const at = now();
      const window = { from: epochMs(at - LOOK_BACK), to: epochMs(at + LOOK_AHEAD) };
      const all = await runs.list(window, patience());
      const ofKind = all.filter((run) => run.kind === kind);
      return { items: ofKind.slice(0, LISTED).map(runJson), total: ofKind.length };
    },
  );
}

/** A run has no parameters yet: what is not understood is refused, not passed over. */
function refuseContent(request: FastifyRequest): void {
  if (!(request.body instanceof Uint8Array) || request.body.length === 0) return;
  const body = bodyOf(request);
  const isEmpty =
    body.ok &&
    body.value !== null &&
    typeof body.value === 'object' &&
    !Array.isArray(body.value) &&
    Object.keys(body.value).length === 0;
  if (!isEmpty) {
    throw refusal('REQUEST_INVALID', 'send no body, or {}', {
      details: { errors: [{ path: '', message: 'a run takes no members' }] },
    });
  }
}

/** The run at its end, or as it is after so many seconds. */
async function ended(
  run: Run,
  waitSeconds: number,
  { runs, closing }: Ports,
  reply: FastifyReply,
): Promise<Run> {
  const enough = AbortSignal.any([
    untilGone(reply),
    closing,
    AbortSignal.timeout(seconds(waitSeconds)),
  ]);
  try {
    return await runs.waitForEnd(run.id, enough);
  } catch (error) {
    if (!enough.aborted) throw error;
    return await runOf(runs, run.id);
  }
}
