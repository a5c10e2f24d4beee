import type { ComponentKey } from '../domain/component.ts';
import type { EpochMs, Window } from '../domain/units.ts';
import { checkedKey } from './names.ts';

/*
 * Queries as text. Every one begins with `inRange`, so none can be without an end. Not used, because
 * the server would answer them by reading everything: `contains`, and ranges of tag values.
 */

/** Names in one query: InfluxDB takes more, but a chain of `or` breaks at a hundred. */
const NAMES_A_QUERY = 200;

const NS_A_MS = 1_000_000n;
const LAST_NS = 2n ** 63n - 1n;

/** The points of a bucket in `[from, to)` of which all `conditions` are true. */
export const inRange = (bucket: string, window: Window, ...conditions: readonly string[]): string =>
  [
    `from(bucket: ${quoted(bucket)})`,
    `range(start: ${time(window.from)}, stop: ${time(window.to)})`,
    `filter(fn: (r) => ${conditions.join(' and ')})`,
  ].join(' |> ');

/** Any point of the last minute, or none: to see whether the bucket can be read, by the server's own clock. */
export const newest = (bucket: string): string =>
  `from(bucket: ${quoted(bucket)}) |> range(start: -1m, stop: 1m) |> limit(n: 1)`;

/** An empty range is an error to InfluxDB; to us it holds nothing. */
export const isEmpty = ({ from, to }: Window): boolean => Math.ceil(to) <= Math.ceil(from);

export const is = (column: string, value: string): string => `r.${column} == ${quoted(value)}`;
export const isMeasurement = (name: string): string => is('_measurement', name);
export const isField = (name: string): string => is('_field', name);
export const isKey = ({ namespace, component }: ComponentKey): string =>
  `${is('namespace', namespace)} and ${is('component', component)}`;

/**
 * Conditions that together name all keys: one namespace and a bounded number of names each.
 *
 * @throws {SelfScalingError} `REQUEST_INVALID` for a name that Kubernetes would not give.
 */
export function conditionsOf(keys: readonly ComponentKey[]): string[] {
  const spaces = Map.groupBy(keys.map(checkedKey), ({ namespace }) => namespace);
  return [...spaces].flatMap(([namespace, members]) => {
    const names = [...new Set(members.map(({ component }) => component))];
    const chunks = Array.from({ length: Math.ceil(names.length / NAMES_A_QUERY) }, (_, index) =>
      names.slice(index * NAMES_A_QUERY, (index + 1) * NAMES_A_QUERY),
    );
    return chunks.map((chunk) => isOneOf(namespace, chunk));
  });
}

/** @param names such as Kubernetes gives: the dot is their only character with a meaning here. */
const isOneOf = (namespace: string, names: readonly string[]): string => {
  const alternatives = names.map((name) => name.replaceAll('.', String.raw`\.`)).join('|');
  return `${is('namespace', namespace)} and r.component =~ /^(${alternatives})$/`;
};

/** What of each row is sent; without `_field` all fields read must have one type. */
export const keep = (...columns: readonly string[]): string =>
  ` |> keep(columns: [${columns.map(quoted).join(', ')}])`;
/** The newest point of each series. */
export const last = ' |> last()';
/** The newest points of all series together. */
export const newestFirst = (count: number): string =>
  ` |> group() |> sort(columns: ["_time"], desc: true) |> limit(n: ${count})`;

/** Nanoseconds: a bare integer in `range` would be seconds. */
function time(at: EpochMs): string {
  const nanoseconds = BigInt(Math.ceil(at)) * NS_A_MS;
  const bounded = nanoseconds > LAST_NS ? LAST_NS : nanoseconds;
  return `time(v: ${bounded < -LAST_NS ? -LAST_NS : bounded})`;
}

const quoted = (value: string): string =>
  `"${value.replaceAll(/["\\]/g, String.raw`\$&`).replaceAll('${', String.raw`\${`)}"`;
