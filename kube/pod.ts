import { parseRfc3339, type EpochMs } from '../domain/units.ts';
import { at, listAt, textAt } from './json.ts';

/** What is kept of a pod: 5,000 whole ones would be 50 MB. */
export type Pod = {
  readonly namespace: string;
  readonly name: string;
  /** Of the object that controls it; a bare pod has none. */
  readonly ownerUid?: string;
  readonly createdAt?: EpochMs;
  /** Its containers have been started: it uses something, reported or not. */
  readonly runs: boolean;
  /** It has ended or is being deleted. */
  readonly goes: boolean;
};

/** Reads a v1 Pod; `undefined` when it is none. */
export function toPod(object: unknown): Pod | undefined {
  const name = textAt(object, 'metadata', 'name');
  const namespace = textAt(object, 'metadata', 'namespace');
  if (name === undefined || namespace === undefined) return undefined;
  const ownerUid = controllerOf(object);
  const createdAt = parseRfc3339(textAt(object, 'metadata', 'creationTimestamp') ?? '');
  const phase = textAt(object, 'status', 'phase');
  return {
    namespace,
    name,
    ...(ownerUid === undefined ? {} : { ownerUid }),
    ...(createdAt === undefined ? {} : { createdAt }),
    // Pending covers pulling, waiting for a node and for the first container: some may run already.
    runs: phase === 'Running' || (phase === 'Pending' && hasRunningContainer(object)),
    goes:
      phase === 'Succeeded' ||
      phase === 'Failed' ||
      textAt(object, 'metadata', 'deletionTimestamp') !== undefined,
  };
}

/** The uid of the one owner that controls an object. */
export const controllerOf = (object: unknown): string | undefined =>
  textAt(
    listAt(object, 'metadata', 'ownerReferences').find((owner) => at(owner, 'controller') === true),
    'uid',
  );

const hasRunningContainer = (object: unknown): boolean =>
  listAt(object, 'status', 'containerStatuses').some(
    (container) => at(container, 'state', 'running') !== undefined,
  );
