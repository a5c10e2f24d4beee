import { isRefusal, kubeUnavailable } from '../domain/errors.ts';
import { FIELD_MANAGER, MANAGED_BY_LABEL, type DesiredHpa, type FoundHpa } from '../domain/hpa.ts';
import { applyObject } from './apply.ts';
import { toFoundHpa } from './found-hpa.ts';
import { listObjects } from './list.ts';
import { hasStatus, NOT_FOUND } from './refusals.ts';
import { isInScope, pathsOf, watchInScope, type Scope } from './scope.ts';
import type { WatchPorts } from './watch.ts';
import type { Watched } from './watched.ts';

export type Hpas = Pick<Watched<FoundHpa>, 'ready' | 'onChange' | 'healthy'> &
  AsyncDisposable & {
    /** All HPAs in scope, from memory where the watch is whole, else asked for. */
    list(signal: AbortSignal): Promise<readonly FoundHpa[]>;
    /**
     * Makes `hpa` so, by server-side apply. Without `found` it must not exist; with it, it must still
     * be that one: else `KUBE_CONFLICT`. Fields of others are taken on an HPA of ours only, and no
     * bound that somebody else has set.
     */
    apply(hpa: DesiredHpa, found: FoundHpa | undefined, signal: AbortSignal): Promise<FoundHpa>;
    /** Removes exactly the HPA that was found: `KUBE_CONFLICT` when it has changed. Gone is fine. */
    remove(found: FoundHpa, signal: AbortSignal): Promise<void>;
  };

const HPAS = { api: '/apis/autoscaling/v2', plural: 'horizontalpodautoscalers' };

/** The HorizontalPodAutoscalers of the namespaces in scope, everybody's. */
export function openHpas(ports: WatchPorts, scope: Scope): Hpas {
  const { kube } = ports;
  const watched = watchInScope(ports, HPAS, scope, { parse: toFoundHpa });
  return {
    ready: watched.ready,
    onChange: (listener) => watched.onChange(listener),
    healthy: () => watched.healthy(),
    async list(signal) {
      const found = watched.healthy() ? watched.items() : await listNow(ports, scope, signal);
      return found.filter(({ namespace }) => isInScope(scope, namespace));
    },
    async apply(hpa, found, signal) {
      const { name, namespace } = hpa.metadata;
      const answer = await applyObject(
        kube,
        { path: pathOf(namespace, name), object: hpa, seen: found, force: mayForce(hpa, found) },
        signal,
      );
      const applied = toFoundHpa(answer);
      if (applied !== undefined) return applied;
      throw kubeUnavailable(`the answer to the apply of the HPA ${namespace}/${name} is no HPA`);
    },
    async remove({ namespace, name, uid, resourceVersion }, signal) {
      const body = {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        preconditions: { uid, resourceVersion },
      };
      try {
        await kube.ask({ method: 'DELETE', path: pathOf(namespace, name), body }, signal);
      } catch (error) {
        if (!isRefusal(error) || !hasStatus(error, NOT_FOUND)) throw error;
      }
    },
    [Symbol.asyncDispose]: () => watched[Symbol.asyncDispose](),
  };
}

/** By force we would take back a bound that is theirs; without it the API server says the conflict. */
const mayForce = (hpa: DesiredHpa, found: FoundHpa | undefined): boolean =>
  found !== undefined &&
  isOurs(found) &&
  (found.foreignBounds ?? []).every((bound) => hpa.spec[bound] === found.spec[bound]);

/** Our label alone may be a copy in somebody's Git; our manager on the spec is ours. */
const isOurs = (found: FoundHpa): boolean =>
  found.labels[MANAGED_BY_LABEL] === FIELD_MANAGER && found.managers.includes(FIELD_MANAGER);

const pathOf = (namespace: string, name: string): string =>
  `${HPAS.api}/namespaces/${encodeURIComponent(namespace)}/${HPAS.plural}/${encodeURIComponent(name)}`;

const listNow = async (
  { kube }: WatchPorts,
  scope: Scope,
  signal: AbortSignal,
): Promise<readonly FoundHpa[]> => {
  const paths = pathsOf(HPAS, scope);
  const lists = await Promise.all(paths.map((path) => listObjects(kube, path, undefined, signal)));
  return lists.flatMap(({ objects }) => objects).flatMap((object) => toFoundHpa(object) ?? []);
};
