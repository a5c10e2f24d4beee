import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refusal } from '../../domain/errors.ts';
import { TRAIN_VALUES, trainValuesIn, type TrainValues } from '../../domain/settings.ts';
import type { EpochMs } from '../../domain/units.ts';
import { actorOf } from '../access.ts';
import type { SettingsKeeper } from '../components.ts';
import { sendText, TEXTS } from '../contract-texts.ts';
import { bodyOf, requireJson } from '../json-body.ts';
import { patience } from '../patience.ts';
import { answers, Text } from '../wire/answers.ts';
import {
  readTrainValuesBody,
  TrainValuesBodySchema,
  TrainValuesSchema,
} from '../wire/train-values.ts';

type Ports = { readonly settings: SettingsKeeper; readonly now: () => EpochMs };

export type TrainValueRules = {
  /** In force until somebody changes them. */
  readonly defaults: TrainValues;
  /** The most there can be: the retention of history, and the longest horizon. Days. */
  readonly limits: TrainValues;
};

export function trainValueRoutes(app: FastifyInstance, ports: Ports, rules: TrainValueRules): void {
  const inForce = async (): Promise<TrainValues> =>
    trainValuesIn(await ports.settings.all(patience()), rules.defaults);

  app.get(
    '/v1/train-values',
    {
      schema: {
        operationId: 'getTrainValues',
        summary: 'How much history training reads, and how far ahead it forecasts.',
        response: answers({ 200: TrainValuesSchema }),
      },
    },
    async () => {
      const { futureDays, historyDays } = await inForce();
      return { Future_data: String(futureDays), History_data: String(historyDays) };
    },
  );

  app.post(
    '/v1/train-values',
    {
      onRequest: requireJson,
      validatorCompiler: () => () => true, // the contract has its own texts for what does not fit
      schema: {
        operationId: 'setTrainValues',
        summary: 'Sets both train values, in whole days.',
        body: TrainValuesBodySchema,
        response: answers(
          {
            200: Text(TEXTS.trainValuesChanged),
            400: Text(TEXTS.errorInBody, TEXTS.notPositive),
            415: Text(TEXTS.contentType),
          },
          [413],
        ),
      },
    },
    async (request, reply) => {
      const body = bodyOf(request);
      if (!body.ok) return sendText(reply, 400, TEXTS.errorInBody);
      const read = readTrainValuesBody(body.value);
      if (!read.ok) {
        const text = read.defect === 'shape' ? TEXTS.errorInBody : TEXTS.notPositive;
        return sendText(reply, 400, text);
      }
      requireWithin(read.values, rules.limits);
      return await change(read.values, await inForce(), ports, request, reply);
    },
  );
}

async function change(
  values: TrainValues,
  before: TrainValues,
  { settings, now }: Ports,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const changedBy = actorOf(request);
  await settings.set([{ name: TRAIN_VALUES, value: values, changedBy, at: now() }], patience());
  request.trail = {
    changed: [{ component: '*', member: TRAIN_VALUES, from: before, to: values }],
  };
  return sendText(reply, 200, TEXTS.trainValuesChanged);
}

/** @throws {SelfScalingError} `LIMIT_EXCEEDED` naming each limit that is passed. */
function requireWithin(values: TrainValues, limits: TrainValues): void {
  const errors = [
    {
      path: '/History_data',
      found: values.historyDays,
      limit: limits.historyDays,
      is: 'the retention of history',
    },
    {
      path: '/Future_data',
      found: values.futureDays,
      limit: limits.futureDays,
      is: 'the longest horizon',
    },
  ]
    .filter(({ found, limit }) => found > limit)
    .map(({ path, found, limit, is }) => ({
      path,
      message: `${path.slice(1)} is ${found} days; the limit is ${limit} days (${is})`,
      limit,
    }));
  if (errors.length === 0) return;
  const detail = errors.map(({ message }) => message).join('; ');
  throw refusal('LIMIT_EXCEEDED', detail, { details: { errors } });
}
