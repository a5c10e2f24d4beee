import type { ComponentKey } from '../domain/component.ts';
import type { Condition } from '../domain/component-view.ts';
import type { FoundHpa, HpaChange } from '../domain/hpa.ts';
import type { Workload } from '../domain/workload.ts';
import type { Plan } from './hpa-plan.ts';
import type { Trouble } from './trouble.ts';

/** What became of one component in a round. */
export type ComponentState = {
  readonly key: ComponentKey;
  /** `Deployment`, … */
  readonly kind: string;
  readonly managed: boolean;
  readonly change: HpaChange['kind'];
  readonly reason?: string;
  readonly message?: string;
  /** Ours, as it is now. */
  readonly hpa?: FoundHpa;
  readonly conditions: readonly Condition[];
};

type Outcome = {
  readonly workload: Workload;
  readonly managed: boolean;
  readonly change: HpaChange['kind'];
  /** Ours, as it is now. */
  readonly hpa: FoundHpa | undefined;
  readonly trouble: Trouble | undefined;
  readonly isFailed: boolean;
  readonly invalid: readonly string[];
};

const DONE = {
  create: { reason: 'HPACreated', message: 'the HPA was created' },
  apply: { reason: 'HPAUpdated', message: 'the HPA was changed' },
  remove: { reason: 'NotManaged', message: 'the HPA was removed; replicas stay as they are' },
  leave: { reason: 'AsPlanned', message: 'the HPA is as it should be' },
} as const satisfies Record<Plan['change']['kind'], Trouble>;
const NOBODY_ASKED: Trouble = {
  reason: 'NotManaged',
  message: 'nobody asked for this component to be scaled',
};

/** The outcome of a round as people see it. */
export function stateOf(outcome: Outcome): ComponentState {
  const { workload, managed, change, hpa, trouble } = outcome;
  return {
    key: workload.key,
    kind: workload.kind,
    managed,
    change,
    ...trouble,
    ...(hpa === undefined ? {} : { hpa }),
    conditions: conditionsOf(outcome),
  };
}

function conditionsOf({ managed, change, hpa, trouble, ...about }: Outcome): readonly Condition[] {
  const told = trouble ?? (managed ? DONE[change] : NOBODY_ASKED);
  const stands = managed && hpa !== undefined;
  const ofHpa = hpa?.conditions ?? [];
  return [
    { type: 'Ready', status: sayIf(stands && !about.isFailed), ...told },
    { type: 'HPAManaged', status: sayIf(stands), ...told },
    ...ofHpa.filter(({ type }) => type === 'ScalingActive' || type === 'ScalingLimited'),
    ...(about.invalid.length === 0 ? [] : [settingInvalid(about.invalid)]),
  ];
}

const sayIf = (yes: boolean): string => (yes ? 'True' : 'False');

const settingInvalid = (sentences: readonly string[]): Condition => ({
  type: 'SettingInvalid',
  status: 'True',
  reason: 'SettingInvalid',
  message: sentences.join('. '),
});
