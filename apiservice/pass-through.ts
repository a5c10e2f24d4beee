import type { Log } from '../domain/log.ts';
import type { Media } from './accept.ts';
import type { Answer } from './answer.ts';
import { statusAnswer, type Form } from './encode.ts';
import { VERSION_PATH } from './group.ts';
import type { Route } from './routes.ts';
import { status } from './status.ts';

/** Another external metrics API. */
export interface Upstream {
  /**
   * Its answer to a GET; rejects when there is none in time.
   * @param path as it is to be sent.
   */
  ask(path: string, accept: string): Promise<UpstreamAnswer>;
}

export type UpstreamAnswer = {
  readonly code: number;
  readonly type: string | undefined;
  readonly body: Uint8Array;
};

const OURS = 'predicted-';
const ACCEPT: Readonly<Record<Media, string>> = {
  json: 'application/json',
  yaml: 'application/yaml, application/json;q=0.9',
  protobuf: 'application/vnd.kubernetes.protobuf, application/json;q=0.9',
};
/** Never changes: the HPA makes an Event of each new text. */
const NO_ANSWER = status({
  code: 503,
  reason: 'ServiceUnavailable',
  message: 'the upstream metrics API does not answer',
});

/**
 * Hands requests for metrics that are not ours on to another API, which had the name before us or shares
 * the cluster with us. Its status and body are handed back, its headers are not: of `Retry-After` the HPA
 * would wait on one metric and be late for all others.
 */
export function passThrough(
  upstream: Upstream,
  { log, answered }: { readonly log: Log; readonly answered: (code: number) => void },
) {
  return {
    isTheirs: (metric: string): boolean => !metric.toLowerCase().startsWith(OURS),
    async answer(
      { namespace, metric, options }: Extract<Route, { kind: 'metric' }>,
      form: Form,
    ): Promise<Answer> {
      if (!options.ok) return statusAnswer(options.status, form);
      const [place, name] = [namespace, metric].map(encodeURIComponent);
      const path = `${VERSION_PATH}/namespaces/${place}/${name}`;
      const { labelSelector } = options;
      const query =
        labelSelector === '' ? '' : `?labelSelector=${encodeURIComponent(labelSelector)}`;
      try {
        const { code, type, body } = await upstream.ask(path + query, ACCEPT[form.media]);
        answered(code);
        return { code, body, ...(type === undefined ? {} : { type }) };
      } catch (err) {
        log.warn({ err }, 'the upstream metrics API did not answer');
        answered(NO_ANSWER.code);
        return statusAnswer(NO_ANSWER, form);
      }
    },
  };
}

export type PassThrough = ReturnType<typeof passThrough>;
