import { idOf, RESOURCES, type ComponentKey } from '../../domain/component.ts';
import { prepareHistory, type PreparedHistory } from '../../domain/gaps.ts';
import type { RunResult } from '../../domain/run.ts';
import { hours, type DurationMs, type EpochMs, type Window } from '../../domain/units.ts';
import type { ComponentMemory } from './choice-memory.ts';
import { columnPages, type ComponentColumns } from './columns.ts';
import { isYoung, openDonors, type Donors } from './donors.ts';
import { isDue, isItsTurn } from './due.ts';
import type { SeriesJob } from './job.ts';
import type { ForecasterRun, Progress, Trained, TrainJob, TrainPorts } from './ports.ts';
import type { RecentComponent } from './recent.ts';
import { resultOf, type Outcome } from './result.ts';
import { WHOLE, type Shard } from './shards.ts';
import { historyWindow, recentOf } from './spans.ts';
import { writeOutcomes } from './write.ts';

export type Watch = { readonly progress: Progress; readonly signal: AbortSignal };

/** Young components that are held back until the others have been read: 12 MB. */
const MOST_WAITING = 1_000;
/** How many components are forecast between two writes. */
const COMPONENTS_RENEWED_TOGETHER = 100;

/** What a run does page by page, and what has come of it. */
export function openRun(
  ports: TrainPorts,
  job: TrainJob,
  forecaster: ForecasterRun,
  { progress, signal }: Watch,
) {
  const minimum = job.minimumHistoryMs ?? hours(24);
  const window = historyWindow(job.now, job.historyDays, minimum);
  const recentWindow = recentOf(window, minimum);
  const remembered = ports.choices.remembered();
  // A share does not see whom the whole would see, and must say what it would say.
  const donors = openDonors((job.shard ?? WHOLE).of === 1 ? undefined : 0);
  const results: RunResult[] = [];
  let total = 0;
  let series = 0;

  /** Forecasts and writes a page of components; those that have to be chosen for are left. */
  async function page(
    components: readonly RecentComponent[],
    task: SeriesJob['task'],
  ): Promise<ComponentKey[]> {
    const outcomes = await outcomesOf(components, task, { remembered, donors }, forecaster);
    const left = new Set(
      outcomes.filter(({ answer }) => answer.kind === 'outdated').map(({ key }) => key),
    );
    const done = outcomes.filter(({ key }) => !left.has(key));
    await writeOutcomes(ports, job, done, signal);
    for (const [key, ofKey] of Map.groupBy(done, (outcome) => outcome.key)) {
      results.push(resultOf(key, ofKey));
      progress(results.length, Math.max(total, results.length), results);
    }
    series += done.filter(({ answer }) => answer.kind === 'forecast').length;
    return [...left];
  }

  return {
    /** Renews what was chosen before, and says for which components to choose. */
    async renew(): Promise<ComponentKey[]> {
      await ports.recent.update(recentWindow, signal);
      const due: ComponentKey[] = [];
      let together: RecentComponent[] = [];
      const young: RecentComponent[] = [];
      const fleet = ports.recent.count() * RESOURCES.length;
      for (const component of ports.recent.components(recentWindow, minimum)) {
        donors.offer(component);
        const isNew = mustChoose(component, remembered, job.now);
        if (!isNew && !isItsTurn(idOf(component.key), fleet, job.now)) continue;
        total += 1;
        if (isNew) due.push(component.key);
        else (isYoung(component) && young.length < MOST_WAITING ? young : together).push(component);
        if (together.length < COMPONENTS_RENEWED_TOGETHER) continue;
        due.push(...(await page(together, 'renew')));
        together = [];
      }
      due.push(...(await page(together, 'renew')));
      // They borrow of all the others.
      while (young.length > 0) {
        due.push(...(await page(young.splice(0, COMPONENTS_RENEWED_TOGETHER), 'renew')));
      }
      return due;
    },
    async choose(keys: readonly ComponentKey[] | Shard): Promise<void> {
      for await (const columns of columnPages(ports.history, keys, window, signal)) {
        if ('of' in keys) total += columns.length;
        for (const { key, cpu, memory } of columns) ports.recent.correct(key, { cpu, memory });
        const components = columns.map((one) => preparedOf(one, window, minimum));
        // Who is chosen for after renewing has been offered before.
        if ('of' in keys) for (const component of components) donors.offer(component);
        await page(components, 'choose');
      }
    },
    done: (): Pick<Trained, 'results' | 'series'> => ({ results, series }),
  };
}

const preparedOf = (
  { key, cpu, memory }: ComponentColumns,
  window: Window,
  minimum: DurationMs,
): RecentComponent => ({
  key,
  cpu: prepareHistory(cpu, window, minimum),
  memory: prepareHistory(memory, window, minimum),
});

type Remembered = ReadonlyMap<string, ComponentMemory>;

/** What cannot be forecast need not be chosen for. */
function mustChoose(component: RecentComponent, remembered: Remembered, now: EpochMs): boolean {
  const id = idOf(component.key);
  const memory = remembered.get(id);
  return RESOURCES.some((resource) => component[resource].ok && isDue(memory?.[resource], id, now));
}

async function outcomesOf(
  components: readonly RecentComponent[],
  task: SeriesJob['task'],
  { remembered, donors }: { readonly remembered: Remembered; readonly donors: Donors },
  forecaster: ForecasterRun,
): Promise<Outcome[]> {
  const asked = components.flatMap((component) =>
    RESOURCES.map((resource) => ({ key: component.key, resource, prepared: component[resource] })),
  );
  const jobs = asked.flatMap(({ key, resource, prepared }): SeriesJob[] => {
    if (!prepared.ok) return [];
    const memory = remembered.get(idOf(key))?.[resource];
    const known = memory === undefined ? {} : { memory };
    const history = prepared.series;
    return [{ key, resource, history, task, ...known, ...donors.for(resource, history) }];
  });
  const answers = jobs.length === 0 ? [] : await forecaster.forecast(jobs);
  const next = answers.values();
  return asked.map(({ key, resource, prepared }) => ({
    key,
    resource,
    answer: prepared.ok ? (next.next().value ?? UNANSWERED) : tooShort(prepared),
  }));
}

const UNANSWERED = { kind: 'failed', reason: 'TRAINING_FAILED: there was no answer' } as const;

const tooShort = ({ reason }: Extract<PreparedHistory, { ok: false }>) =>
  ({ kind: 'unforecast', reason: `HISTORY_TOO_SHORT: ${reason}` }) as const;
