import type { ComponentKey, Resource } from './component.ts';
import type { IssuedFor, QuantileLevels } from './forecast.ts';
import { bucketStart, epochMs, type EpochMs } from './units.ts';

/** Steps between the issue and the step that is forecast. */
export const VINTAGE_LEADS = [1, 2, 4, 8, 16, 48, 96] as const;

/** One step of one forecast, as it was issued: what was said of the step at `at`, `lead` steps before it. */
export type Vintage = {
  readonly key: ComponentKey;
  readonly resource: Resource;
  readonly lead: number;
  /** Start of the step that is forecast. */
  readonly at: EpochMs;
  readonly issuedAt: EpochMs;
  readonly model: string;
  readonly levels: QuantileLevels;
  /** One per level; never crossing. */
  readonly values: Float64Array;
};

/** More than any error is known to; fewer make shorter lines. */
const DIGITS = 7;

/**
 * What of a forecast is frozen: the steps that begin 1, 2, 4, … 96 steps after the step of its issue, as far as it
 * reaches.
 */
export function vintagesOf({ key, resource, issued }: IssuedFor): Vintage[] {
  const { forecast, issuedAt, model } = issued;
  const { start, step, levels } = forecast;
  return VINTAGE_LEADS.flatMap((lead) => {
    const at = epochMs(bucketStart(issuedAt, step) + lead * step);
    const index = (at - start) / step;
    const found = forecast.values.map((row) => row[index]).filter((value) => value !== undefined);
    if (found.length !== levels.length) return [];
    const values = Float64Array.from(found, (value) => Number(value.toPrecision(DIGITS)));
    return [{ key, resource, lead, at, issuedAt, model, levels, values }];
  });
}

/**
 * The value at any level, by linear interpolation in the level; beyond the last one by extending the last gap, below the
 * first one the first.
 */
export function quantileOf(
  { levels, values }: Pick<Vintage, 'levels' | 'values'>,
  level: number,
): number {
  const above = levels.findIndex((known) => known >= level - 1e-9);
  const upper = Math.max(1, above === -1 ? levels.length - 1 : above);
  if (levels.length === 1) return values[0] ?? Number.NaN;
  const [low, high] = [levels[upper - 1] ?? 0, levels[upper] ?? 1];
  const [under, over] = [values[upper - 1] ?? Number.NaN, values[upper] ?? Number.NaN];
  if (above === 0) return values[0] ?? Number.NaN;
  return under + ((over - under) * (level - low)) / (high - low);
}
