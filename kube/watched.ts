import { kubeUnavailable } from '../domain/errors.ts';
import { minutes } from '../domain/units.ts';
import { watchCache } from './watch-cache.ts';
import { keepWatching, type Watchable, type WatchPorts } from './watch.ts';

/** The objects of one kind as last seen. It ends only when it is disposed. */
export interface Watched<T> extends AsyncDisposable {
  /** Resolves with the first whole list; rejects with `KUBE_UNAVAILABLE` when disposed before. */
  readonly ready: Promise<void>;
  /** @throws {SelfScalingError} `KUBE_UNAVAILABLE` before the first list has succeeded. */
  items(): readonly T[];
  /** Calls `listener` after each change, at once; the answer stops it. */
  onChange(listener: () => void): () => void;
  /** The list is known, and its watch is open or was heard of within the last two minutes. */
  healthy(): boolean;
}

/** The objects of one kind as last seen, kept so by `keepWatching` until disposed. */
export function watchObjects<T>(ports: WatchPorts, what: Watchable<T>): Watched<T> {
  const { clock } = ports;
  const stop = new AbortController();
  const ready = Promise.withResolvers<void>();
  ready.promise.catch(() => {}); // nobody is obliged to wait for it
  const listeners = new Set<() => void>();
  const cache = watchCache(what.parse);
  let known = false;
  let open = false;
  let heardAt = clock.monotonic();
  let lastFailure: unknown;

  const running = keepWatching(
    ports,
    what,
    {
      replace(objects) {
        cache.replace(objects);
        known = true;
        ready.resolve();
        listeners.forEach((listener) => listener());
      },
      change(kind, object) {
        cache[kind](object);
        listeners.forEach((listener) => listener());
      },
      heard(isOpen) {
        open = isOpen;
        heardAt = clock.monotonic();
      },
      failed(error) {
        open = false;
        lastFailure = error;
      },
    },
    stop.signal,
  );

  return {
    ready: ready.promise,
    items() {
      if (known) return cache.items();
      const why = lastFailure instanceof Error ? `: ${lastFailure.message}` : '';
      throw kubeUnavailable(`${what.path} has not been listed yet${why}`, lastFailure);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    healthy: () => known && (open || clock.monotonic() - heardAt <= HELD_FOR),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
      listeners.clear();
      ready.reject(kubeUnavailable(`the watch of ${what.path} was ended`));
    },
  };
}

const HELD_FOR = minutes(2);
