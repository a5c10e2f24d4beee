import type { FastifyReply } from 'fastify';

/** The texts fixed by contract, with their historical spelling. Each is sent as a JSON string. */
export const TEXTS = {
  componentsChanged: 'Components managed updates sucessfully',
  trainValuesChanged: 'Train values changed',
  trained: 'Train module executed successfully',
  inferred: 'Infence complete sucessfully',
  contentType: 'Content-Type not supported!',
  invalidJson: 'Invalid JSON',
  managedNotBoolean: 'Managed components must be true or false',
  errorInBody: 'Error in json body',
  notPositive: 'Values must be positive numbers',
  noComponents: 'Not components to train',
  insufficientData: 'Insufficient data',
  inferenceFailed: 'Error in execution Inference Module',
} as const;
export type ContractText = (typeof TEXTS)[keyof typeof TEXTS];

/** Fastify sends a string as it is, even under `application/json`; so the quotes are ours to set. */
export const sendText = (reply: FastifyReply, status: number, text: ContractText): FastifyReply =>
  reply.code(status).type('application/json').serializer(String).send(JSON.stringify(text));
