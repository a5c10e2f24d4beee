import type { Watchable, WatchPorts } from './watch.ts';
import { watchObjects, type Watched } from './watched.ts';

/** Which namespaces we look at. */
export type Scope = {
  /** Empty = all. */
  readonly namespaces: readonly string[];
  readonly excludeNamespaces: readonly string[];
};

/** `/apis/apps/v1` and `deployments`. */
export type Kind = { readonly api: string; readonly plural: string };

export const isInScope = (scope: Scope, namespace: string): boolean =>
  !scope.excludeNamespaces.includes(namespace) &&
  (scope.namespaces.length === 0 || scope.namespaces.includes(namespace));

/** The lists that hold all objects of a kind in scope: one of the cluster, or one per namespace. */
export function pathsOf({ api, plural }: Kind, scope: Scope): readonly string[] {
  if (scope.namespaces.length === 0) return [`${api}/${plural}`];
  return scope.namespaces
    .filter((namespace) => isInScope(scope, namespace))
    .map((namespace) => `${api}/namespaces/${encodeURIComponent(namespace)}/${plural}`);
}

/** All objects of a kind in scope, as one list. */
export function watchInScope<T>(
  ports: WatchPorts,
  kind: Kind,
  scope: Scope,
  what: Omit<Watchable<T>, 'path'>,
): Watched<T> {
  return joined(pathsOf(kind, scope).map((path) => watchObjects(ports, { ...what, path })));
}

/** Several lists as one: known when all are, healthy when all are. */
export function joined<T>(watches: readonly Watched<T>[]): Watched<T> {
  return {
    ready: allReady(watches),
    items: () => watches.flatMap((one) => one.items()),
    healthy: () => watches.every((one) => one.healthy()),
    onChange(listener) {
      const stops = watches.map((one) => one.onChange(listener));
      return () => stops.forEach((stop) => stop());
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(watches.map((one) => one[Symbol.asyncDispose]()));
    },
  };
}

/** Resolves when all are known; like each of them, nobody is obliged to wait for it. */
export function allReady(watches: readonly Watched<unknown>[]): Promise<void> {
  const wait = async (): Promise<void> => {
    await Promise.all(watches.map((one) => one.ready));
  };
  const ready = wait();
  ready.catch(() => {});
  return ready;
}
