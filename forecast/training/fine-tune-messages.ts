import { countOf } from '../models/network-weights.ts';
import type { FineTuned, FineTuneTask } from './fine-tune.ts';
import type { EngineChoice } from './open-engine.ts';
import type { Example } from './synthetic.ts';

/* What passes between a training process and the child that fine-tunes. Either side parses what it is sent. */

export type FineTuneJob = FineTuneTask & { readonly engine: EngineChoice };

/** What came of it, and what it cost. */
export type FineTuneResult = FineTuned & {
  /** Of the child, from its start. */
  readonly cpuSeconds: number;
  /** Of the child, at its largest. */
  readonly maxRssBytes: number;
  /** Which engine computed. */
  readonly engine: string;
  /** Why it was not the one that was asked for. */
  readonly note?: string;
};

/** The child is told one series after another, and then the job. */
export type FineTuneRequest =
  | { readonly kind: 'series'; readonly example: Example }
  | { readonly kind: 'job'; readonly job: FineTuneJob };

const CHOICES = ['auto', 'native', 'wasm'] as const;

/** What the child was asked; `undefined` when it is no request. */
export function parseFineTuneRequest(message: unknown): FineTuneRequest | undefined {
  const { kind, example, job } = membersOf(message);
  if (kind === 'series') {
    const parsed = parseExample(example);
    return parsed && { kind, example: parsed };
  }
  const parsed = parseJob(job);
  return kind === 'job' && parsed !== undefined ? { kind, job: parsed } : undefined;
}

function parseExample(value: unknown): Example | undefined {
  const { values, observed, clock } = membersOf(value);
  if (!(values instanceof Float64Array) || !(observed instanceof Uint8Array)) return undefined;
  if (values.length !== observed.length || !isNumber(clock)) return undefined;
  return values.every(Number.isFinite) ? { values, observed, clock } : undefined;
}

function parseJob(value: unknown): FineTuneJob | undefined {
  const { seed, current, shipped, steps, engine } = membersOf(value);
  const { hidden, values } = membersOf(current);
  const choice = CHOICES.find((known) => known === engine);
  if (!isNumber(seed) || !isNumber(hidden) || choice === undefined) return undefined;
  if (!areWeights(values, hidden) || !areWeights(shipped, hidden)) return undefined;
  const task = { seed, current: { hidden, values }, shipped, engine: choice };
  return isNumber(steps) ? { ...task, steps } : task;
}

/** What the child answered; `undefined` when it is none, or what it would have kept are no weights. */
export function parseFineTuneResult(
  message: unknown,
  { current: { hidden } }: FineTuneTask,
): FineTuneResult | undefined {
  const { kept, why, weights, engine, note, ...others } = membersOf(message);
  const numbers = numbersIn(others);
  if (typeof why !== 'string' || typeof engine !== 'string' || numbers === undefined) {
    return undefined;
  }
  const told = { why, ...numbers, engine, ...(typeof note === 'string' ? { note } : {}) };
  if (kept === false) return { kept, ...told };
  return kept === true && areWeights(weights, hidden) ? { kept, ...told, weights } : undefined;
}

function numbersIn({
  before,
  after,
  steps,
  series,
  cpuSeconds,
  maxRssBytes,
}: Record<string, unknown>) {
  if (!isNumber(steps) || !isNumber(series)) return undefined;
  if (!isNumber(cpuSeconds) || !isNumber(maxRssBytes)) return undefined;
  const losses = isNumber(before) && isNumber(after) ? { before, after } : {};
  return { ...losses, steps, series, cpuSeconds, maxRssBytes };
}

const membersOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

const isNumber = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value);

const areWeights = (value: unknown, hidden: number): value is Float32Array =>
  value instanceof Float32Array &&
  value.length === countOf(hidden) &&
  value.every((weight) => Number.isFinite(weight));
