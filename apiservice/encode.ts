import type { Media } from './accept.ts';
import type { Answer } from './answer.ts';
import { protobufOf } from './protobuf.ts';
import type { Served } from './served.ts';
import type { Status } from './status.ts';
import { yamlOf } from './yaml.ts';

/** How a body is to be written. */
export type Form = { readonly media: Media; readonly pretty: boolean };

const INDENT = 2;
const NO_SNIFFING = { 'X-Content-Type-Options': 'nosniff' };

/** JSON as Kubernetes writes it: one line and a newline, or indented without one. */
export const json = (code: number, value: unknown, pretty: boolean): Answer => ({
  code,
  type: 'application/json',
  body: pretty ? JSON.stringify(value, undefined, INDENT) : `${JSON.stringify(value)}\n`,
});

export const yaml = (code: number, value: unknown): Answer => ({
  code,
  type: 'application/yaml',
  body: yamlOf(value),
});

export function encoded(code: number, value: Served, { media, pretty }: Form): Answer {
  switch (media) {
    case 'json':
      return json(code, value, pretty);
    case 'yaml':
      return yaml(code, value);
    case 'protobuf':
      return { code, type: 'application/vnd.kubernetes.protobuf', body: protobufOf(value) };
    default:
      return media satisfies never;
  }
}

export function statusAnswer(status: Status, form: Form): Answer {
  const answer = encoded(status.code, status, form);
  return status.reason === 'Forbidden' ? { ...answer, headers: NO_SNIFFING } : answer;
}

/** Whoever wants nothing that we have is told so in JSON. */
export const PLAIN_JSON: Form = { media: 'json', pretty: false };
