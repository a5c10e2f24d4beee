import { RESOURCES, type ComponentKey } from '../../domain/component.ts';
import { LEVELS, type Forecast } from '../../domain/forecast.ts';
import type { Score } from '../../domain/score.ts';
import { series, timeAt, type Series } from '../../domain/series.ts';
import { durationMs, epochMs } from '../../domain/units.ts';
import { parseSeriesMemory } from './choice-memory.ts';
import type { ForecastPlan, SeriesAnswer, SeriesForecast, SeriesJob } from './job.ts';

/* What passes between the training process and its child. Either side parses what it is sent. */

export type Request = {
  /** The answer carries it back: an answer to another question is none. */
  readonly id: number;
  readonly jobs: readonly SeriesJob[];
  readonly plan: ForecastPlan;
};

/** What a process has used since it began. */
export type Used = { readonly cpuSeconds: number; readonly maxRssBytes: number };

export type Answer = {
  /** Of each job, in the order of the jobs. */
  readonly answers: readonly SeriesAnswer[];
  readonly used: Used;
};

/** What the child was asked; `undefined` when it is no request. */
export function parseRequest(message: unknown): Request | undefined {
  const { id, jobs, plan } = membersOf(message);
  const { horizon, now, at, weights } = membersOf(plan);
  if (!isNumber(id) || !isNumber(horizon) || !isNumber(now) || !isNumber(at)) return undefined;
  if (!Array.isArray(jobs)) return undefined;
  const parsed = jobs.map(parseJob).filter((job) => job !== undefined);
  if (parsed.length !== jobs.length) return undefined;
  const given = typeof weights === 'string' ? { weights } : {};
  return { id, jobs: parsed, plan: { horizon, now: epochMs(now), at: epochMs(at), ...given } };
}

/** What the child answered; `undefined` when it is no answer. Whether the numbers are any good is asked apart. */
export function parseAnswer(message: unknown, { id, jobs, plan }: Request): Answer | undefined {
  const { id: answered, answers, used } = membersOf(message);
  const { cpuSeconds, maxRssBytes } = membersOf(used);
  if (answered !== id || !Array.isArray(answers) || answers.length !== jobs.length)
    return undefined;
  if (!isNumber(cpuSeconds) || !isNumber(maxRssBytes)) return undefined;
  const parsed = jobs
    .map((job, index) => parseSeriesAnswer(answers[index], job, plan))
    .filter((answer) => answer !== undefined);
  if (parsed.length !== jobs.length) return undefined;
  return { answers: parsed, used: { cpuSeconds, maxRssBytes } };
}

function parseSeriesAnswer(
  answer: unknown,
  job: SeriesJob,
  plan: ForecastPlan,
): SeriesAnswer | undefined {
  const members = membersOf(answer);
  const { kind, reason } = members;
  if (kind === 'failed' && typeof reason === 'string') return { kind, reason };
  if (kind === 'outdated') return { kind };
  return kind === 'forecast' ? parseForecast(members, job, plan) : undefined;
}

function parseForecast(
  { how, reason, model, forecast, scores, memory }: Record<string, unknown>,
  job: SeriesJob,
  plan: ForecastPlan,
): SeriesForecast | undefined {
  const values = parseRows(membersOf(forecast)['values']);
  const way = WAYS.find((known) => known === how);
  if (way === undefined || typeof model !== 'string' || model === '') return undefined;
  if (values === undefined || !Array.isArray(scores)) return undefined;
  const { step } = job.history;
  const start = timeAt(job.history, job.history.values.length);
  const parsed = scores.map((score: unknown) => parseScore(score, job, plan));
  const remembered = parseSeriesMemory(memory);
  return {
    kind: 'forecast',
    how: way,
    ...(typeof reason === 'string' ? { reason } : {}),
    model,
    forecast: { start, step, levels: LEVELS, values },
    scores: parsed.filter((score) => score !== undefined),
    ...(remembered === undefined ? {} : { memory: remembered }),
  };
}

const WAYS = ['trained', 'reused', 'skipped'] as const;

/** Why a forecast may not be written; `undefined` when it may. */
export function faultOf({ levels, values }: Forecast, horizon: number): string | undefined {
  if (values.length !== levels.length) return `has ${values.length} levels, not ${levels.length}`;
  let below: Float64Array | undefined;
  for (const row of values) {
    if (row.length !== horizon) return `has ${row.length} steps, not ${horizon}`;
    if (!row.every((value) => Number.isFinite(value))) return 'is not finite';
    const lower = below;
    if (lower !== undefined && row.some((value, step) => value < (lower[step] ?? value))) {
      return 'has crossing quantiles';
    }
    below = row;
  }
  return undefined;
}

const membersOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

const isNumber = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value);

function parseJob(value: unknown): SeriesJob | undefined {
  const members = membersOf(value);
  const key = parseKey(members['key']);
  const resource = RESOURCES.find((known) => known === members['resource']);
  const history = parseSeries(members['history']);
  const task = TASKS.find((known) => known === members['task']);
  if (key === undefined || resource === undefined || history === undefined) return undefined;
  if (task === undefined) return undefined;
  const memory = parseSeriesMemory(members['memory']);
  return {
    key,
    resource,
    history,
    task,
    ...(memory === undefined ? {} : { memory }),
    ...donorsIn(members['donors']),
  };
}

const donorsIn = (value: unknown): Pick<SeriesJob, 'donors'> =>
  Array.isArray(value) ? { donors: value.flatMap((one) => parseSeries(one) ?? []) } : {};

const TASKS = ['choose', 'renew'] as const;

function parseKey(value: unknown): ComponentKey | undefined {
  const { namespace, component } = membersOf(value);
  if (typeof namespace !== 'string' || typeof component !== 'string') return undefined;
  return { namespace, component };
}

function parseSeries(value: unknown): Series | undefined {
  const { start, step, values, observed } = membersOf(value);
  if (!isNumber(start) || !isNumber(step)) return undefined;
  if (!(values instanceof Float64Array) || !(observed instanceof Uint8Array)) return undefined;
  if (observed.length !== values.length) return undefined;
  const made = series(epochMs(start), durationMs(step), values, observed);
  return made.ok ? made.series : undefined;
}

function parseRows(value: unknown): Float64Array[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const rows = value.filter((row: unknown) => row instanceof Float64Array);
  return rows.length === value.length ? rows : undefined;
}

/** A score with numbers that are none is worth nothing, and is left out. */
function parseScore(value: unknown, { key, resource }: SeriesJob, { at }: ForecastPlan) {
  const { model, lead, mae, mase, pinball, coverage, skill, n } = membersOf(value);
  if (typeof model !== 'string' || !isNumber(lead) || !isNumber(n)) return undefined;
  if (!isNumber(mae) || !isNumber(mase) || !isNumber(pinball)) return undefined;
  if (!isNumber(coverage) || !isNumber(skill)) return undefined;
  return {
    key,
    resource,
    model,
    lead,
    at,
    mae,
    mase,
    pinball,
    coverage,
    skill,
    n,
  } satisfies Score;
}
