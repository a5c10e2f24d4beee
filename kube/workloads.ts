import { idOf } from '../domain/component.ts';
import { refusal } from '../domain/errors.ts';
import type { Workload } from '../domain/workload.ts';
import { attribute, toComponents, type ReplicaSetLink } from './attribute.ts';
import { textAt } from './json.ts';
import { controllerOf, toPod, type Pod } from './pod.ts';
import { FORBIDDEN, NOT_FOUND } from './refusals.ts';
import { allReady, isInScope, joined, watchInScope, type Scope } from './scope.ts';
import type { WatchPorts } from './watch.ts';
import { watchObjects, type Watched } from './watched.ts';
import { managedLabelOf, toWorkload, type WorkloadObject } from './workload-object.ts';

export type WorkloadOptions = Scope & {
  /** Further kinds with a scale subresource: `argoproj.io/v1alpha1/rollouts`. */
  readonly resources: readonly string[];
};

export type Component = { readonly workload: Workload; readonly pods: readonly Pod[] };

/** The components of the cluster as last seen, from memory. */
export interface Workloads extends AsyncDisposable {
  readonly ready: Promise<void>;
  /** @throws {SelfScalingError} `KUBE_UNAVAILABLE` before the first list has succeeded. */
  workloads(): readonly Workload[];
  /** The same with the pods they control, by owner references. */
  components(): readonly Component[];
  /** Calls `listener` when a workload or its namespace changed; pods come and go without a call. */
  onChange(listener: () => void): () => void;
  healthy(): boolean;
}

/**
 * Every Deployment, StatefulSet, ReplicaSet without a controller and configured kind in scope, by
 * watch. DaemonSets and Jobs are no components: their pods belong to nobody here.
 *
 * @throws {SelfScalingError} `CONFIG_INVALID` when a kind is not written `group/version/plural`.
 */
export function watchWorkloads(ports: WatchPorts, options: WorkloadOptions): Workloads {
  const kinds = options.resources.filter(isNotBuiltIn).map(toKind);
  const everywhere = <T>(kind: (typeof kinds)[number], parse: (object: unknown) => T | undefined) =>
    watchInScope(ports, kind, options, { parse });
  const sets = joined(
    BUILT_IN.map((named) => everywhere(named, (object) => toWorkload(object, named))),
  );
  const replicaSets = everywhere(REPLICA_SETS, toReplicaSet);
  // A kind that is not installed has no objects; it may be installed later.
  const custom = joined(
    kinds.map((named) =>
      watchInScope(ports, named, options, {
        parse: (object) => toWorkload(object, named),
        emptyOn: [NOT_FOUND],
      }),
    ),
  );
  const pods = everywhere({ api: '/api/v1', plural: 'pods', apiVersion: 'v1' }, toPod);
  const namespaces = watchNamespaces(ports, options);
  const ofWorkloads: readonly Watched<unknown>[] = [sets, replicaSets, custom, namespaces];
  const all: readonly Watched<unknown>[] = [...ofWorkloads, pods];

  const twins = tellTwinsOnce(ports);
  const workloads = remembered(ofWorkloads, () => {
    const bare = replicaSets.items().flatMap(({ workload }) => workload ?? []);
    const objects = [...sets.items(), ...bare, ...custom.items()];
    const labels = new Map(namespaces.items());
    const inScope = objects.filter(({ key }) => isInScope(options, key.namespace));
    return twins(toComponents(inScope, labels));
  });
  const podsByOwner = remembered([pods, replicaSets], () =>
    attribute(pods.items(), replicaSets.items()),
  );

  return {
    ready: allReady(all),
    workloads,
    components() {
      const owned = podsByOwner();
      return workloads().map((workload) => ({ workload, pods: owned.get(workload.uid) ?? [] }));
    },
    onChange(listener) {
      const stops = ofWorkloads.map((one) => one.onChange(listener));
      return () => stops.forEach((stop) => stop());
    },
    healthy: () => all.every((one) => one.healthy()),
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map((one) => one[Symbol.asyncDispose]()));
    },
  };
}

const apps = (plural: string, kind: string) => ({
  api: '/apis/apps/v1',
  apiVersion: 'apps/v1',
  plural,
  kind,
});
const BUILT_IN = [apps('deployments', 'Deployment'), apps('statefulsets', 'StatefulSet')];
const REPLICA_SETS = apps('replicasets', 'ReplicaSet');

const isNotBuiltIn = (resource: string): boolean =>
  ![...BUILT_IN, REPLICA_SETS].some((one) => resource === `${one.apiVersion}/${one.plural}`);

const toKind = (resource: string) => {
  const [group, version, plural, more] = resource.split('/');
  if (!group || !version || !plural || more !== undefined) {
    throw refusal(
      'CONFIG_INVALID',
      `"${resource}" names no kind: write group/version/plural, as in argoproj.io/v1alpha1/rollouts`,
    );
  }
  return { api: `/apis/${group}/${version}`, apiVersion: `${group}/${version}`, plural };
};

/** A ReplicaSet with a controller is only a link to it; without one it is a workload. */
const toReplicaSet = (
  object: unknown,
): (ReplicaSetLink & { readonly workload?: WorkloadObject }) | undefined => {
  const uid = textAt(object, 'metadata', 'uid');
  if (uid === undefined) return undefined;
  const ownerUid = controllerOf(object);
  if (ownerUid !== undefined) return { uid, ownerUid };
  const workload = toWorkload(object, REPLICA_SETS);
  return workload === undefined ? { uid } : { uid, workload };
};

/** What the namespaces' labels say. Where we may read only some namespaces, perhaps not even their labels. */
const watchNamespaces = (ports: WatchPorts, scope: Scope): Watched<readonly [string, boolean]> => {
  const path = '/api/v1/namespaces';
  const parse = (object: unknown): readonly [string, boolean] | undefined => {
    const name = textAt(object, 'metadata', 'name');
    const says = managedLabelOf(object);
    return name === undefined || says === undefined ? undefined : [name, says];
  };
  if (scope.namespaces.length === 0) return watchObjects(ports, { path, parse });
  return joined(
    scope.namespaces.map((name) =>
      watchObjects(ports, {
        path,
        parse,
        fieldSelector: `metadata.name=${name}`,
        emptyOn: [FORBIDDEN],
      }),
    ),
  );
};

const tellTwinsOnce = ({ log }: WatchPorts) => {
  const told = new Set<string>();
  return (workloads: readonly Workload[]): readonly Workload[] => {
    for (const { key, kind, otherKinds } of workloads) {
      const id = idOf(key);
      if (otherKinds.length === 0 || told.has(id)) continue;
      told.add(id);
      log.warn(
        { component: id, kind, otherKinds },
        'several workloads have one name; only the first kind is measured and scaled',
      );
    }
    return workloads;
  };
};

/** A view that is made anew only after one of its sources has changed. */
const remembered = <T>(sources: readonly Watched<unknown>[], make: () => T): (() => T) => {
  let view: { readonly value: T } | undefined;
  for (const source of sources) {
    source.onChange(() => {
      view = undefined;
    });
  }
  return () => (view ??= { value: make() }).value;
};
