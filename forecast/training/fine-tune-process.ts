import { extname } from 'node:path';
import { refusal } from '../../domain/errors.ts';
import { startChild, type ChildOptions } from './child.ts';
import {
  parseFineTuneResult,
  type FineTuneJob,
  type FineTuneRequest,
  type FineTuneResult,
} from './fine-tune-messages.ts';
import type { Example } from './synthetic.ts';

export type FineTunerOptions = Omit<ChildOptions, 'worker'> & {
  /** The child's module; for tests. */
  readonly worker?: URL;
};

/** Learns from the series of a cluster, somewhere else. */
export interface FineTuner {
  /**
   * @param series each once, in any order; of very many a sample is learnt from.
   * @throws {SelfScalingError} `TRAINING_FAILED`; the weights in force stay what they were.
   */
  run(
    job: FineTuneJob,
    series: AsyncIterable<Example> | Iterable<Example>,
    signal: AbortSignal,
  ): Promise<FineTuneResult>;
}

/** The compiler rewrites import specifiers, not URLs: the built image has a `.js` here. */
const WORKER = new URL(`./fine-tune-worker${extname(import.meta.url)}`, import.meta.url);

/** Fine-tunes in a child process, one for each run: when the answer is there, it has gone with all its memory. */
export function forkedFineTuner({ worker = WORKER, ...options }: FineTunerOptions): FineTuner {
  return {
    async run(job, series, signal) {
      signal.throwIfAborted();
      const child = startChild({ ...options, worker }, signal);
      const ask = (request: FineTuneRequest): Promise<unknown> => child.ask(request);
      try {
        for await (const example of series) await ask({ kind: 'series', example });
        const result = parseFineTuneResult(await ask({ kind: 'job', job }), job);
        if (result === undefined) {
          throw refusal('TRAINING_FAILED', 'fine-tuning gave an answer that is none');
        }
        return result;
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      } finally {
        await child.stop();
      }
    },
  };
}
