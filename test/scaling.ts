import { refusal } from '../domain/errors.ts';
import {
  COMPONENT_LABEL,
  FIELD_MANAGER,
  MANAGED_BY_LABEL,
  type DesiredHpa,
  type FoundHpa,
} from '../domain/hpa.ts';
import { bytes, cores, minutes, seconds } from '../domain/units.ts';
import type { Workload } from '../domain/workload.ts';
import type { Capacity } from '../inference/capacity.ts';
import { settingsOf, type ScalingOptions } from '../inference/component-settings.ts';
import { planHpa, type Plan } from '../inference/hpa-plan.ts';
import { cart } from './builders.ts';

export const OPTIONS: ScalingOptions = {
  minReplicas: 2,
  maxReplicas: 20,
  targetUtilization: { cpu: 0.75, memory: 0.8 },
  scaleDownStabilization: seconds(300),
  tolerance: false,
  level: 0.9,
  leadTime: minutes(5),
};

/** A Deployment that asks for 500m and 512Mi a pod. */
export const aWorkload = (about: Partial<Workload> = {}): Workload => ({
  key: cart,
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  uid: 'uid-of-the-workload',
  annotations: {},
  replicas: 3,
  replicasReady: 3,
  requests: { cpu: cores(0.5), memory: bytes(512 * 2 ** 20), missing: [] },
  otherKinds: [],
  ...about,
});

/** Somebody's HPA on the cart. */
export const aFoundHpa = (about: Partial<FoundHpa> = {}): FoundHpa => ({
  namespace: 'shop',
  name: 'their-cart',
  uid: 'uid-of-their-hpa',
  resourceVersion: '7',
  target: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart' },
  labels: {},
  annotations: {},
  managers: ['kubectl'],
  owners: [],
  spec: { minReplicas: 1, maxReplicas: 5 },
  conditions: [],
  ...about,
});

/** The HPA as the API server has it after an apply of ours. */
export const applied = (hpa: DesiredHpa, about: Partial<FoundHpa> = {}): FoundHpa => ({
  namespace: hpa.metadata.namespace,
  name: hpa.metadata.name,
  uid: `uid-of-${hpa.metadata.name}`,
  resourceVersion: '1',
  target: hpa.spec.scaleTargetRef,
  labels: hpa.metadata.labels,
  annotations: {},
  managers: [FIELD_MANAGER],
  owners: hpa.metadata.ownerReferences,
  spec: JSON.parse(JSON.stringify(hpa.spec)) as Record<string, unknown>,
  conditions: [],
  ...about,
});

/** Ours by label and manager, whatever it says. */
export const anHpaOfOurs = (about: Partial<FoundHpa> = {}): FoundHpa =>
  aFoundHpa({
    name: 'cart',
    uid: 'uid-of-our-hpa',
    labels: { [MANAGED_BY_LABEL]: FIELD_MANAGER, [COMPONENT_LABEL]: 'cart' },
    managers: [FIELD_MANAGER],
    ...about,
  });

/* Plans for the cart, of which a test names only what it is about. */

type About = {
  workload?: Workload;
  hpas?: readonly FoundHpa[];
  managed?: boolean;
  options?: ScalingOptions;
  observed?: Capacity;
};

export const plan = (about: About = {}): Plan => {
  const { workload = aWorkload(), hpas = [], managed = true, options = OPTIONS } = about;
  return planHpa({
    workload,
    managed,
    hpas,
    isTaken: (taken) => hpas.some(({ name }) => name === taken),
    settings: settingsOf(workload, options),
    options,
    observed: about.observed ?? {},
  });
};
export const wanted = (about: About = {}): DesiredHpa => {
  const { change } = plan(about);
  if (change.kind === 'create' || change.kind === 'apply') return change.hpa;
  throw refusal('REQUEST_INVALID', `the plan is to ${change.kind}`);
};
export const annotated = (annotations: Record<string, string>): Workload =>
  aWorkload({
    annotations: Object.fromEntries(
      Object.entries(annotations).map(([name, value]) => [`self-scaling.io/${name}`, value]),
    ),
  });

/** HPAs as an API server keeps them: versions, conflicts; `failing` decides what it refuses. */
export function fakeHpas(...given: readonly FoundHpa[]) {
  const idOf = ({ namespace, name }: { namespace: string; name: string }) => `${namespace}/${name}`;
  const objects = new Map(given.map((hpa) => [idOf(hpa), hpa]));
  let version = 100;
  const seen = (found: FoundHpa | undefined, id: string): void => {
    if (objects.get(id)?.resourceVersion !== found?.resourceVersion) {
      throw refusal('KUBE_CONFLICT', `the HPA ${id} has changed`);
    }
  };
  const fake = {
    writes: [] as string[],
    failing: (_write: string): Error | undefined => undefined,
    all: () => [...objects.values()],
    put: (hpa: FoundHpa) => void objects.set(idOf(hpa), hpa),
    async list() {
      return [...objects.values()];
    },
    async apply(hpa: DesiredHpa, found: FoundHpa | undefined) {
      const id = idOf(hpa.metadata);
      attempt(`apply ${id}`);
      seen(found, id);
      version += 1;
      const after = applied(hpa, { resourceVersion: String(version) });
      const managers = [...new Set([...(found?.managers ?? []), ...after.managers])];
      objects.set(id, { ...after, managers });
      return { ...after, managers };
    },
    async remove(found: FoundHpa) {
      attempt(`remove ${idOf(found)}`);
      if (!objects.has(idOf(found))) return;
      seen(found, idOf(found));
      objects.delete(idOf(found));
    },
  };
  const attempt = (write: string): void => {
    const failure = fake.failing(write);
    if (failure !== undefined) throw failure;
    fake.writes.push(write);
  };
  return fake;
}
