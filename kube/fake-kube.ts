import { refusedBy } from './refusals.ts';
import type { Ask, Kube } from './request.ts';

type Event = { readonly type: string; readonly object: object };

/**
 * An API server for tests: lists by path (what is not there is 404), watches that say what `tell`
 * gives them, and every other question answered by `answer`.
 */
export function fakeKube(
  lists: Readonly<Record<string, readonly object[]>>,
  answer: (question: Ask) => unknown = () => ({}),
) {
  const streams = new Map<string, (event: Event) => void>();
  const asked: Ask[] = [];
  const kube: Kube = {
    server: 'https://fake',
    async ask(question, signal) {
      signal.throwIfAborted();
      asked.push(question);
      if (question.query?.['limit'] === undefined) return answer(question);
      const items = lists[question.path];
      if (items === undefined) {
        throw refusedBy({ method: 'GET', path: question.path }, { status: 404, body: undefined });
      }
      return { metadata: { resourceVersion: '10' }, items };
    },
    async follow({ path }, _silence, signal) {
      return (async function* () {
        for (;;) {
          const { promise, resolve, reject } = Promise.withResolvers<Event>();
          streams.set(path, resolve);
          signal.addEventListener('abort', () => reject(signal.reason), { once: true });
          // oxlint-disable-next-line no-await-in-loop -- events come one after the other
          yield await promise;
        }
      })();
    },
  };
  return {
    kube,
    asked,
    /** Says one event to the watch of `path`, and returns when it was taken. */
    tell: async (path: string, event: Event): Promise<void> => {
      const say = streams.get(path);
      if (say === undefined) throw new Error(`nobody watches ${path}`);
      streams.delete(path);
      say(event);
      // The watch asks for the next event when it has taken this one.
      // oxlint-disable-next-line no-await-in-loop -- waiting for that
      while (!streams.has(path)) await Promise.resolve();
    },
    /** Resolves when `path` is watched. */
    watched: async (path: string): Promise<void> => {
      // oxlint-disable-next-line no-await-in-loop -- waiting for it
      while (!streams.has(path)) await Promise.resolve();
    },
  };
}
