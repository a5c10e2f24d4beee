import type { ComponentKey, Resource } from '../../domain/component.ts';
import type { Json } from '../../domain/settings.ts';
import { epochMs, type EpochMs } from '../../domain/units.ts';

/** What was chosen for one series, so that its forecast can be renewed without choosing again. */
export type SeriesMemory = {
  /** When it was chosen. */
  readonly at: EpochMs;
  /** First step of the history it was chosen by. */
  readonly since: EpochMs;
  /** Members by name, with weights above 0. */
  readonly parts: readonly (readonly [name: string, weight: number])[];
  /** Loss of each of the last days relative to seasonal naive, of what was in force that day; the latest last. */
  readonly losses: readonly number[];
  /** Why a rule serves, and no model is fitted. */
  readonly spared?: string;
  /** When the series came to a new level. */
  readonly changedAt?: EpochMs;
  /** When those losses had risen for good. */
  readonly driftedAt?: EpochMs;
};

export type ComponentMemory = { readonly [R in Resource]?: SeriesMemory };

/** Where choices are kept between runs. Memory that is lost is chosen again. */
export interface ChoiceKeeper {
  /** By the id of the component. */
  remembered(): ReadonlyMap<string, ComponentMemory>;
  /** Adds to what is remembered of each component, all at once. */
  remember(
    chosen: readonly { readonly key: ComponentKey; readonly memory: ComponentMemory }[],
    signal: AbortSignal,
  ): Promise<void>;
}

/** Short, since there are tens of thousands: `{"cpu":{"at":…,"since":…,"parts":[["network",0.62]],"losses":[0.71]}}`. */
export const memoryToJson = ({ cpu, memory }: ComponentMemory): Json => ({
  ...(cpu === undefined ? {} : { cpu: seriesToJson(cpu) }),
  ...(memory === undefined ? {} : { memory: seriesToJson(memory) }),
});

const seriesToJson = ({
  parts,
  losses,
  spared,
  changedAt,
  driftedAt,
  ...rest
}: SeriesMemory): Json => ({
  ...rest,
  parts: parts.map(([name, weight]) => [name, rounded(weight, 4)]),
  losses: losses.map((loss) => rounded(loss, 2)),
  ...(spared === undefined ? {} : { spared }),
  ...(changedAt === undefined ? {} : { changedAt }),
  ...(driftedAt === undefined ? {} : { driftedAt }),
});

const rounded = (value: number, decimals: number): number => Number(value.toFixed(decimals));

/** What of it can be understood; a series of which anything cannot is not remembered at all. */
export function parseMemory(value: unknown): ComponentMemory {
  const { cpu, memory } = membersOf(value);
  const [ofCpu, ofMemory] = [parseSeriesMemory(cpu), parseSeriesMemory(memory)];
  return {
    ...(ofCpu === undefined ? {} : { cpu: ofCpu }),
    ...(ofMemory === undefined ? {} : { memory: ofMemory }),
  };
}

export function parseSeriesMemory(value: unknown): SeriesMemory | undefined {
  const { at, since, parts, losses, spared, changedAt, driftedAt } = membersOf(value);
  const known = parseParts(parts);
  if (!isNumber(at) || !isNumber(since) || known === undefined || !Array.isArray(losses)) {
    return undefined;
  }
  return {
    at: epochMs(at),
    since: epochMs(since),
    parts: known,
    losses: losses.filter(isNumber),
    ...(typeof spared === 'string' ? { spared } : {}),
    ...(isNumber(changedAt) ? { changedAt: epochMs(changedAt) } : {}),
    ...(isNumber(driftedAt) ? { driftedAt: epochMs(driftedAt) } : {}),
  };
}

function parseParts(value: unknown): SeriesMemory['parts'] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const known = value.flatMap(parsePart);
  return known.length === value.length ? known : undefined;
}

function parsePart(value: unknown): [string, number][] {
  if (!Array.isArray(value)) return [];
  const [name, weight]: unknown[] = value;
  return typeof name === 'string' && isNumber(weight) && weight > 0 ? [[name, weight]] : [];
}

const membersOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

const isNumber = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value);
