import { at, numberAt, textAt } from './json.ts';
import { GONE } from './refusals.ts';

/** What a line of a watch means to us. */
export type WatchEvent =
  | { readonly kind: 'put' | 'remove'; readonly object: unknown; readonly version: string }
  /** Nothing happened up to `version`. */
  | { readonly kind: 'bookmark'; readonly version: string }
  /** The server can no longer tell what happened since; the list must be read again. */
  | { readonly kind: 'expired' }
  | { readonly kind: 'error'; readonly why: string };

/** Reads one line of a watch; what cannot be read is an error, never skipped: an event would be lost. */
export function toWatchEvent(line: unknown): WatchEvent {
  const object = at(line, 'object');
  const type = textAt(line, 'type') ?? '';
  if (type === 'ERROR') return toEnd(object);
  const version = textAt(object, 'metadata', 'resourceVersion');
  if (version === undefined) return { kind: 'error', why: 'a watch event cannot be read' };
  if (type === 'BOOKMARK') return { kind: 'bookmark', version };
  const kind = CHANGES.get(type);
  if (kind === undefined) return { kind: 'error', why: `unknown watch event "${type}"` };
  return { kind, object, version };
}

const CHANGES: ReadonlyMap<string, 'put' | 'remove'> = new Map([
  ['ADDED', 'put'],
  ['MODIFIED', 'put'],
  ['DELETED', 'remove'],
]);

const toEnd = (status: unknown): WatchEvent =>
  numberAt(status, 'code') === GONE
    ? { kind: 'expired' }
    : { kind: 'error', why: textAt(status, 'message') ?? 'the server ended the watch' };

/**
 * The objects of one list as last seen, by namespace and name. Only what `parse` makes of them is
 * kept: 5,000 whole pods are 50 MB. What `parse` does not want is not in the list.
 */
export function watchCache<T>(parse: (object: unknown) => T | undefined) {
  let kept = new Map<string, T>();
  let items: readonly T[] | undefined;
  const put = (into: Map<string, T>, object: unknown): void => {
    const item = parse(object);
    if (item === undefined) into.delete(nameOf(object));
    else into.set(nameOf(object), item);
  };
  return {
    items: (): readonly T[] => (items ??= [...kept.values()]),
    /** The world is exactly this: what is not among `objects` is gone. */
    replace(objects: readonly unknown[]): void {
      const fresh = new Map<string, T>();
      for (const object of objects) put(fresh, object);
      kept = fresh;
      items = undefined;
    },
    put(object: unknown): void {
      put(kept, object);
      items = undefined;
    },
    remove(object: unknown): void {
      kept.delete(nameOf(object));
      items = undefined;
    },
  };
}

const nameOf = (object: unknown): string =>
  `${textAt(object, 'metadata', 'namespace') ?? ''}/${textAt(object, 'metadata', 'name') ?? ''}`;
