import { seededRandom } from '../../domain/random.ts';
import { fineTune } from './fine-tune.ts';
import {
  parseFineTuneRequest,
  type FineTuneJob,
  type FineTuneResult,
} from './fine-tune-messages.ts';
import { openEngine } from './open-engine.ts';
import { reservoir } from './reservoir.ts';
import type { Example } from './synthetic.ts';

/** 28 days of each are 25 MB; the whole child stays below 300 MB. */
const MOST_SERIES = 1_000;
const SEED_OF_SAMPLE = 1;
const MICROSECONDS = 1e6;
const KIBIBYTE = 1024;

/**
 * The child of `fine-tune-process.ts`: series in, one by one, then the job, then one answer. It holds no token, no store
 * and no environment; its end gives back what the library took.
 */
const sample = reservoir<Example>(MOST_SERIES, seededRandom(SEED_OF_SAMPLE));

process.on('message', (message) => {
  const request = parseFineTuneRequest(message);
  if (request === undefined) throw new TypeError('the request was not understood');
  if (request.kind === 'series') {
    sample.put(request.example);
    process.send?.({});
    return;
  }
  void run(request.job);
});

/** What it throws ends the child: the parent is told by that. */
async function run({ engine: choice, ...task }: FineTuneJob): Promise<void> {
  const { engine, ...told } = await openEngine(choice);
  const never = new AbortController().signal;
  const tuned = await fineTune(engine, task, sample.items, never);
  const { user, system } = process.cpuUsage();
  process.send?.({
    ...tuned,
    ...told,
    engine: engine.name,
    cpuSeconds: (user + system) / MICROSECONDS,
    maxRssBytes: process.resourceUsage().maxRSS * KIBIBYTE,
  } satisfies FineTuneResult);
}
