import { LEVELS, type Forecast } from '../domain/forecast.ts';
import { prepareHistory } from '../domain/gaps.ts';
import { packIssue, type PackedIssue } from '../domain/packed-forecast.ts';
import type { Series } from '../domain/series.ts';
import { bucketStart, days, epochMs, hours, STEP, type EpochMs } from '../domain/units.ts';
import { BASELINES, MODELS } from '../forecast/models/catalogue.ts';
import type { Model } from '../forecast/models/model.ts';
import type { Issues, Quarters } from '../forecast/replay/quarters.ts';
import type { SeriesMemory } from '../forecast/training/choice-memory.ts';
import { forecastSeries } from '../forecast/training/forecast-series.ts';
import type { SeriesAnswer, SeriesJob } from '../forecast/training/job.ts';

const HISTORY = days(28);
const MINIMUM = hours(24);
const KEY = { namespace: 'replay', component: 'trace' };

/**
 * The forecasts that production would have issued on a trace: one after each quarter of an hour, the models chosen anew at
 * the first of each UTC day and asked again in between, from nothing but what lay before.
 */
export function issuesOf(
  quarters: Quarters,
  horizon: number,
  tell: () => void,
  models: readonly Model[] = MODELS,
): Issues {
  const catalogue = { models, baselines: BASELINES };
  let memory: SeriesMemory | undefined;
  let chosenOn: EpochMs | undefined;
  return remembered((origin) => {
    tell();
    const history = historyBeforeOrigin(quarters, origin);
    if (history === undefined) return undefined;
    const day = bucketStart(origin, days(1));
    const plan = { horizon, now: origin, at: day };
    const ask = (task: SeriesJob['task']): SeriesAnswer => {
      const about = { key: KEY, resource: 'cpu', history, task } as const;
      return forecastSeries(memory ? { ...about, memory } : about, plan, catalogue);
    };
    const renewed = ask(day === chosenOn ? 'renew' : 'choose');
    const answer = renewed.kind === 'outdated' ? ask('choose') : renewed;
    chosenOn = day;
    if (answer.kind !== 'forecast') return undefined;
    memory = answer.memory ?? memory;
    return packed(answer.forecast, answer.model, origin);
  });
}

/** The same by yesterday's values alone. */
export function seasonalNaiveIssuesOf(quarters: Quarters, horizon: number): Issues {
  const [model] = BASELINES;
  return remembered((origin) => {
    const history = historyBeforeOrigin(quarters, origin);
    return history === undefined ? undefined : issued(model, history, horizon, origin);
  });
}

/** Policies and levels of one replay ask for the same forecasts, each from the first to the last. */
function remembered(issue: Issues): Issues {
  const made = new Map<EpochMs, PackedIssue | undefined>();
  return (origin) => {
    if (!made.has(origin)) made.set(origin, issue(origin));
    return made.get(origin);
  };
}

function historyBeforeOrigin(quarters: Quarters, origin: EpochMs): Series | undefined {
  const { start, means, observed } = quarters;
  const from = epochMs(Math.max(start, origin - HISTORY));
  const first = (from - start) / STEP;
  const seen = [...observed.subarray(first, (origin - start) / STEP).keys()].filter(
    (index) => observed[first + index] === 1,
  );
  const column = {
    key: KEY,
    starts: Float64Array.from(seen, (index) => from + index * STEP),
    values: Float64Array.from(seen, (index) => means[first + index] ?? 0),
  };
  const prepared = prepareHistory(column, { from, to: origin }, MINIMUM);
  return prepared.ok ? prepared.series : undefined;
}

function issued(model: Model, history: Series, horizon: number, origin: EpochMs): PackedIssue {
  return packed(model.fit(history).predict(horizon, LEVELS), model.name, origin);
}

const packed = (forecast: Forecast, model: string, origin: EpochMs): PackedIssue =>
  packIssue({
    key: KEY,
    resource: 'cpu',
    issued: { forecast, issuedAt: origin, model, run: 'replay' },
  });
