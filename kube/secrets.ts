import { isRefusal, kubeUnavailable, refusal } from '../domain/errors.ts';
import { FIELD_MANAGER } from '../domain/hpa.ts';
import { at, isJson, textAt } from './json.ts';
import { hasStatus, NOT_FOUND } from './refusals.ts';
import type { Kube } from './request.ts';

/** One Secret that a chart or an administrator made: we fill it, and have no right to make or list any. */
export interface SecretObject {
  /** Its members as text. @throws {SelfScalingError} `CONFIG_INVALID` when there is no such Secret. */
  read(signal: AbortSignal): Promise<FoundSecret>;
  /**
   * Sets some members and leaves the others, provided it is still the Secret that was found: else `KUBE_CONFLICT`.
   */
  write(
    members: Readonly<Record<string, string>>,
    found: FoundSecret,
    signal: AbortSignal,
  ): Promise<FoundSecret>;
}

export type FoundSecret = {
  readonly members: ReadonlyMap<string, string>;
  readonly resourceVersion: string;
};

export function secretObject(
  kube: Pick<Kube, 'ask'>,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): SecretObject {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(name)}`;
  const parsed = (answer: unknown): FoundSecret => {
    const found = toFoundSecret(answer);
    if (found !== undefined) return found;
    throw kubeUnavailable(`the answer about the Secret ${namespace}/${name} is no Secret`);
  };
  return {
    async read(signal) {
      try {
        return parsed(await kube.ask({ path }, signal));
      } catch (error) {
        if (!isRefusal(error) || !hasStatus(error, NOT_FOUND)) throw error;
        throw refusal(
          'CONFIG_INVALID',
          `there is no Secret ${namespace}/${name}; the chart brings it, or: kubectl -n ${namespace} create secret generic ${name}`,
          { cause: error },
        );
      }
    },
    async write(members, { resourceVersion }, signal) {
      const data = Object.fromEntries(
        Object.entries(members).map(([member, text]) => [
          member,
          Buffer.from(text, 'utf8').toString('base64'),
        ]),
      );
      return parsed(
        await kube.ask(
          {
            method: 'PATCH',
            path,
            query: { fieldManager: FIELD_MANAGER },
            contentType: 'application/merge-patch+json',
            body: { metadata: { resourceVersion }, data },
          },
          signal,
        ),
      );
    },
  };
}

function toFoundSecret(answer: unknown): FoundSecret | undefined {
  const resourceVersion = textAt(answer, 'metadata', 'resourceVersion');
  if (resourceVersion === undefined) return undefined;
  const data = at(answer, 'data');
  const members = Object.entries(isJson(data) ? data : {}).flatMap(([member, value]) =>
    typeof value === 'string'
      ? [[member, Buffer.from(value, 'base64').toString('utf8')] as const]
      : [],
  );
  return { members: new Map(members), resourceVersion };
}
