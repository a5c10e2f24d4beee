import {
  FIELD_MANAGER,
  MANAGED_BY_LABEL,
  type Bound,
  type FoundHpa,
  type ScaleTarget,
} from '../domain/hpa.ts';
import type { Workload } from '../domain/workload.ts';

/** Ours by label AND by manager: the label alone is a copy in somebody's Git, the manager alone was let go. */
export const isOurs = (hpa: FoundHpa): boolean =>
  hpa.labels[MANAGED_BY_LABEL] === FIELD_MANAGER && hpa.managers.includes(FIELD_MANAGER);

/** Written by KEDA for a ScaledObject. */
export const isOfKeda = (hpa: FoundHpa): boolean =>
  hpa.name.startsWith('keda-hpa-') || hpa.owners.some(({ kind }) => kind === 'ScaledObject');

/** Whether the HPA scales this workload: by group, kind and name; the version may differ or be absent. */
export const scales = ({ namespace, target }: FoundHpa, workload: Workload): boolean =>
  namespace === workload.key.namespace &&
  target.kind === workload.kind &&
  target.name === workload.key.component &&
  (target.apiVersion === '' || groupOf(target) === groupOf(workload));

/** `apps` of `apps/v1`; the core group has no name. */
const groupOf = ({ apiVersion }: Pick<ScaleTarget, 'apiVersion'>): string =>
  apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';

/** A bound of our HPA that somebody else has set is theirs from then on. */
export const isTheirs = (ours: FoundHpa, bound: Bound): boolean =>
  ours.foreignBounds?.includes(bound) ?? ours.managers.some((name) => name !== FIELD_MANAGER);
