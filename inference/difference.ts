import type { DesiredHpa, FoundHpa } from '../domain/hpa.ts';
import { parseQuantity } from '../domain/quantity.ts';

/**
 * What of the HPA is not as it should be, by path; empty when nothing is.
 *
 * What the API server added by default is no difference, and neither is a `tolerance` that it dropped
 * because the cluster has it switched off: repeating the apply would change nothing.
 */
export function differences(desired: DesiredHpa, found: FoundHpa): readonly string[] {
  const { metadata, spec } = desired;
  const owners = new Set(found.owners.map(({ uid }) => uid));
  return [
    ...(metadata.ownerReferences.every(({ uid }) => owners.has(uid)) ? [] : ['ownerReferences']),
    ...Object.entries(metadata.labels).flatMap(([name, value]) =>
      found.labels[name] === value ? [] : [`labels.${name}`],
    ),
    ...Object.entries(spec).flatMap(([member, value]) =>
      pathsOf(member, value, found.spec[member]),
    ),
  ];
}

/** One level below the spec is fine enough for a sentence. */
function pathsOf(member: string, desired: unknown, found: unknown): readonly string[] {
  if (member !== 'behavior' || !isObject(desired) || !isObject(found)) {
    return isWithin(desired, found, member) ? [] : [member];
  }
  return Object.keys(desired).flatMap((way) =>
    isWithin(desired[way], found[way], way) ? [] : [`${member}.${way}`],
  );
}

/** Lists and label selectors are atomic: they are equal or not. Of other objects more may be there. */
function isWithin(desired: unknown, found: unknown, member: string): boolean {
  if (Array.isArray(desired)) return isSameList(desired, found, member);
  if (isObject(desired)) return isObject(found) && isObjectWithin(desired, found, member);
  return desired === found || isSameQuantity(desired, found, member);
}

const isSameList = (desired: readonly unknown[], found: unknown, member: string): boolean =>
  Array.isArray(found) &&
  found.length === desired.length &&
  desired.every((one, index) => isWithin(one, found[index], member));

const isObjectWithin = (desired: AnyObject, found: AnyObject, member: string): boolean =>
  (member !== 'matchLabels' || Object.keys(found).length === Object.keys(desired).length) &&
  Object.entries(desired).every(
    ([name, value]) =>
      isWithin(value, found[name], name) || (name === 'tolerance' && found[name] === undefined),
  );

/** `1000m` and `1` are one quantity. */
function isSameQuantity(desired: unknown, found: unknown, member: string): boolean {
  if (member !== 'averageValue' && member !== 'tolerance') return false;
  if (typeof desired !== 'string' || typeof found !== 'string') return false;
  const value = parseQuantity(desired);
  return value !== undefined && value === parseQuantity(found);
}

type AnyObject = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is AnyObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
