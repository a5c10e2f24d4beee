import { columnPages } from '../forecast/training/columns.ts';
import { forkedFineTuner, type FineTuner } from '../forecast/training/fine-tune-process.ts';
import type { FineTuneResult } from '../forecast/training/fine-tune-messages.ts';
import { liveSkills } from '../forecast/training/live-skills.ts';
import type { Used } from '../forecast/training/messages.ts';
import { WHOLE } from '../forecast/training/shards.ts';
import { historyWindow } from '../forecast/training/spans.ts';
import { whyTune } from '../forecast/training/triggers.ts';
import {
  afterRollback,
  toJson,
  WEIGHT_SETS,
  weightSetsIn,
  weightsInForce,
  withSet,
  type WeightSet,
} from '../forecast/training/weight-sets.ts';
import type { Example } from '../forecast/training/synthetic.ts';
import { parseWeights, weightsFileOf } from '../forecast/models/network-weights.ts';
import { SHIPPED_WEIGHTS } from '../forecast/models/shipped-weights.ts';
import { RESOURCES } from '../domain/component.ts';
import { prepareHistory } from '../domain/gaps.ts';
import type { Json } from '../domain/settings.ts';
import { epochMs, type EpochMs } from '../domain/units.ts';
import { choiceKeeper } from './choice-keeper.ts';
import type { Parts } from './parts.ts';
import type { TrainingMemory } from './training-memory.ts';

/** When tuning was tried last, and what came of it. */
const TRIED = 'fine-tuning';
const NOTHING_USED: Used = { cpuSeconds: 0, maxRssBytes: 0 };

export type Tuned = { readonly tuning: string; readonly used: Used };

/** The network's weights on this cluster: which are in force, and when they are learnt anew. */
export function openTuning(
  { store, config, clock, settings, log }: Parts,
  memory: TrainingMemory,
  fork: Omit<Parameters<typeof forkedFineTuner>[0], 'worker'>,
  tuner: FineTuner = forkedFineTuner(fork),
) {
  const choices = choiceKeeper(memory, () => clock.now());
  const shipped = parseWeights(SHIPPED_WEIGHTS);
  const valueOf = (name: string): Json | undefined =>
    memory.entries().find((entry) => entry.name === name)?.value;
  const sets = (): WeightSet[] => weightSetsIn(valueOf(WEIGHT_SETS));
  const keep = async (name: string, value: Json, signal: AbortSignal): Promise<void> =>
    await memory.set([{ name, value, changedBy: 'training', at: clock.now() }], signal);

  async function* examples(signal: AbortSignal): AsyncGenerator<Example> {
    const { historyDays } = settings.trainValues(config.forecast);
    const minimum = config.training.minimumHistory;
    const window = historyWindow(clock.now(), historyDays, minimum);
    for await (const page of columnPages(store, WHOLE, window, signal)) {
      const columns = page.flatMap((one) => RESOURCES.map((resource) => one[resource]));
      for (const column of columns) {
        const prepared = prepareHistory(column, window, minimum);
        if (!prepared.ok) continue;
        const { values, observed, start, step } = prepared.series;
        yield { values, observed, clock: Math.floor(start / step) };
      }
    }
  }

  /** Tunes, and keeps what is better; a failure leaves what there is. */
  async function tune(run: string, why: string, signal: AbortSignal): Promise<Tuned> {
    const triedAt = clock.now();
    const current = weightsInForce(sets(), shipped);
    const task = { seed: Math.floor(triedAt / 1000) % 2 ** 31, current, shipped: shipped.values };
    let result: FineTuneResult | undefined;
    let outcome: string;
    try {
      result = await tuner.run(
        { ...task, engine: config.training.engine },
        examples(signal),
        signal,
      );
      outcome = result.why;
    } catch (error) {
      signal.throwIfAborted();
      log.warn({ err: error }, 'the network was not tuned; the weights in force stay');
      outcome = `failed: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (result?.weights !== undefined) {
      const weights = { hidden: current.hidden, values: result.weights };
      await keep(WEIGHT_SETS, toJson(withSet(sets(), { run, at: triedAt, weights })), signal);
    }
    const tuning = `${why}: ${outcome}`;
    await keep(TRIED, { at: triedAt, tuning }, signal);
    log.info({ run, tuning, engine: result?.engine, note: result?.note }, 'the network was tuned');
    return { tuning, used: result ?? NOTHING_USED };
  }

  return {
    tune,
    /** As a request of the forecaster has them; absent = those that are shipped. */
    weights(): { readonly weights?: string } {
      const [newest] = sets();
      return newest === undefined ? {} : { weights: JSON.stringify(weightsFileOf(newest.weights)) };
    },
    /** After a run that renewed: tunes when that is called for, or takes back what did worse. */
    async afterRun(run: string, signal: AbortSignal): Promise<Tuned | undefined> {
      const now = clock.now();
      const remembered = [...choices.remembered().values()];
      const known = sets();
      const left = afterRollback(known, liveSkills(known, remembered, now), now);
      if (left.length < known.length) {
        await keep(WEIGHT_SETS, toJson(left), signal);
        return { tuning: 'took back weights that did worse in service', used: NOTHING_USED };
      }
      const triedAt = past(momentIn(valueOf(TRIED)), now);
      const learntAt = past(known[0]?.at, now);
      const why = whyTune(
        {
          remembered,
          ...(learntAt === undefined ? {} : { learntAt }),
          ...(triedAt === undefined ? {} : { triedAt }),
        },
        now,
      );
      return why === undefined ? undefined : await tune(run, why, signal);
    },
  };
}

/** A clock that jumped must not put tuning off until it is there again. */
const past = (at: EpochMs | undefined, now: EpochMs): EpochMs | undefined =>
  at !== undefined && at <= now ? at : undefined;

function momentIn(value: Json | undefined): EpochMs | undefined {
  if (typeof value !== 'object' || value === null || !('at' in value)) return undefined;
  const tried: { readonly at?: unknown } = value;
  return typeof tried.at === 'number' ? epochMs(tried.at) : undefined;
}
