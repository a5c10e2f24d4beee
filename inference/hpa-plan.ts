import { RESOURCES, type ComponentKey } from '../domain/component.ts';
import type { DesiredHpa, FoundHpa, HpaChange } from '../domain/hpa.ts';
import type { Workload } from '../domain/workload.ts';
import { capacityOf, type Capacity } from './capacity.ts';
import type { ComponentSettings, ScalingOptions } from './component-settings.ts';
import { desiredHpa } from './desired-hpa.ts';
import { differences } from './difference.ts';
import { isOurs, scales } from './ownership.ts';
import { conflictOf, isBare, lackOf, nameOf, type Trouble } from './trouble.ts';

export type PlanInput = {
  readonly workload: Workload;
  readonly managed: boolean;
  /** HPAs of the namespace, whoever owns them: at least all that scale this workload. */
  readonly hpas: readonly FoundHpa[];
  /** Whether an HPA of this name exists in the namespace, or is about to. */
  readonly isTaken: (name: string) => boolean;
  readonly settings: ComponentSettings;
  readonly options: ScalingOptions;
  /** Usage per ready pod at the busiest decile, where it is known. */
  readonly observed: Capacity;
};

export type Plan = {
  readonly change: HpaChange;
  /** A reason of the closed list, when something keeps us from acting, or from acting fully. */
  readonly trouble?: Trouble;
  readonly capacity: Capacity;
  readonly ours: FoundHpa | undefined;
};

const NOT_MANAGED = 'NotManaged';
export const AS_PLANNED = 'AsPlanned';
/** Label values, and so selectors, are no longer. */
const LONGEST_LABEL = 63;
const LONGEST_NAME = 253;
const SUFFIX = '-self-scaling';

/**
 * What is to be done about the HPAs of one workload: the rules of ownership first, then the HPA that should
 * be, and a change only where the one found differs from it.
 *
 * Pure: no reading and no failure enters here, so none can lower a bound.
 */
export function planHpa(input: PlanInput): Plan {
  const { workload, settings, options, observed } = input;
  const found = input.hpas.filter((hpa) => scales(hpa, workload));
  const [ours, ...more] = found.filter(isOurs).toSorted(byName(workload.key.component));
  const users = found.filter((hpa) => !isOurs(hpa));
  const capacity = capacityOf(workload, settings, options, observed, ours);
  const step = stepBack(input, { ours, spare: more[0], users }) ?? act(input, capacity, ours);
  return { ...step, capacity, ours };
}

type Step = Pick<Plan, 'change' | 'trouble'>;
type Found = {
  readonly ours: FoundHpa | undefined;
  readonly spare: FoundHpa | undefined;
  readonly users: readonly FoundHpa[];
};

/** Where no HPA of ours should be, or not this one; `undefined` where one should. */
function stepBack(
  { workload, managed }: PlanInput,
  { ours, spare, users }: Found,
): Step | undefined {
  const { key } = workload;
  // 1. Nobody asked for us.
  if (!managed && ours !== undefined) {
    return { change: { kind: 'remove', key, found: ours, why: 'the component is not managed' } };
  }
  if (!managed) {
    const why = 'nobody asked for this component to be scaled';
    return { change: { kind: 'leave', key, reason: NOT_MANAGED, why } };
  }
  // 2. Somebody else scales this workload: two HPAs on one target stop each other, so ours goes first.
  const conflict = conflictOf(users);
  if (conflict !== undefined) return withoutOurs(key, ours, conflict);
  // 3. Two of ours would do the same to each other.
  if (spare === undefined) return undefined;
  const message = `${nameOf(spare)} is a second one of ours on one target`;
  return withoutOurs(key, spare, { reason: 'AmbiguousTarget', message });
}

/** The HPA that should be, where one can be. */
function act(input: PlanInput, capacity: Capacity, ours: FoundHpa | undefined): Step {
  const { workload, settings, options } = input;
  const { key } = workload;
  if (key.component.length > LONGEST_LABEL) {
    const message = `no selector can name it, for it has more than ${LONGEST_LABEL} characters`;
    return withoutOurs(key, undefined, { reason: 'NameTooLong', message });
  }
  const lack = lackOf(workload, capacity);
  if (lack !== undefined && RESOURCES.every((one) => isBare(workload, capacity, one))) {
    return withoutOurs(key, undefined, lack);
  }
  const name = ours?.name ?? freeName(input);
  if (name === undefined) {
    const message = 'HPAs of other targets have both names that ours could have; rename one';
    return withoutOurs(key, undefined, { reason: 'ExistingHPA', message });
  }
  const hpa = desiredHpa({ workload, capacity, settings, options, ours, name });
  return { change: changeTo(hpa, key, ours), ...(lack === undefined ? {} : { trouble: lack }) };
}

function changeTo(hpa: DesiredHpa, key: ComponentKey, ours: FoundHpa | undefined): HpaChange {
  if (ours === undefined) return { kind: 'create', key, hpa };
  if (differences(hpa, ours).length > 0) return { kind: 'apply', key, hpa, found: ours };
  return { kind: 'leave', key, reason: AS_PLANNED, why: 'the HPA is as it should be' };
}

/** Takes ours away where there is one, else leaves everything; says why in both cases. */
function withoutOurs(key: ComponentKey, ours: FoundHpa | undefined, trouble: Trouble): Step {
  const why = trouble.message;
  return ours === undefined
    ? { trouble, change: { kind: 'leave', key, reason: trouble.reason, why } }
    : { trouble, change: { kind: 'remove', key, found: ours, why } };
}

/** The workload's name, else one with our suffix; `undefined` when both belong to HPAs of other targets. */
function freeName({ workload, isTaken }: PlanInput): string | undefined {
  const { component } = workload.key;
  const stem = component.slice(0, LONGEST_NAME - SUFFIX.length).replace(/[-.]+$/, '');
  return [component, `${stem}${SUFFIX}`].find((name) => !isTaken(name));
}

const byName =
  (first: string) =>
  (a: FoundHpa, b: FoundHpa): number =>
    Number(b.name === first) - Number(a.name === first) || (a.name < b.name ? -1 : 1);
