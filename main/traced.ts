import type { Ask, Kube } from '../kube/request.ts';
import type { Execute, RunBoard } from './run-board.ts';
import type { Tracing } from './tracing.ts';

/** Each run is a span, with whatever it asks of the store and of Kubernetes below it. */
export function tracedBoard(board: RunBoard, tracing: Tracing): RunBoard {
  const traced =
    (kind: string, execute: Execute): Execute =>
    (run, ...rest) => {
      const attributes = { 'run.id': run.id, 'run.trigger': run.trigger };
      return tracing.within(`run ${kind}`, attributes, () => execute(run, ...rest));
    };
  return {
    ...board,
    perform: (about, execute, signal) => board.perform(about, traced(about.kind, execute), signal),
    work: (kind, execute, signal) => board.work(kind, traced(kind, execute), signal),
  };
}

/** Each request is a span; bodies and queries, which may hold tokens, are not in it. */
export function tracedKube<K extends Kube>(kube: K, tracing: Tracing): K {
  return {
    ...kube,
    async ask(question: Ask, signal: AbortSignal): Promise<unknown> {
      const { method = 'GET', path } = question;
      const end = tracing.begin(`kubernetes ${method}`, {
        'http.request.method': method,
        'url.path': path,
      });
      try {
        const answer = await kube.ask(question, signal);
        end();
        return answer;
      } catch (failure) {
        end(failure ?? 'failed');
        throw failure;
      }
    },
  };
}
