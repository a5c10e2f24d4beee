import type { ComponentKey, Resource } from './component.ts';
import type { Forecast, IssuedFor, QuantileLevels } from './forecast.ts';
import type { DurationMs, EpochMs } from './units.ts';

/** An issued forecast in two bytes a value: what stores keep and snapshots read from. */
export type PackedIssue = {
  readonly key: ComponentKey;
  readonly resource: Resource;
  readonly issuedAt: EpochMs;
  readonly start: EpochMs;
  readonly step: DurationMs;
  readonly levels: QuantileLevels;
  /** One per level: value = unit x scale. */
  readonly scales: Float32Array;
  /** Row by row `[levels][horizon]`. */
  readonly values: Uint16Array;
  readonly model: string;
  readonly run: string;
};

const LARGEST = 65_535;
/** The smallest normal Float32: below it a scale would lose its digits. */
const SMALLEST_SCALE = 2 ** -126;

/**
 * Packs a forecast; a packed value is never below the forecast and less than one unit of its level's
 * scale above it. Negative values are packed as 0.
 *
 * @throws {RangeError} for a value that is not finite: a model that fails must be refused before.
 */
export function packIssue({ key, resource, issued }: IssuedFor): PackedIssue {
  const { forecast, issuedAt, model, run } = issued;
  const horizon = forecast.values[0]?.length ?? 0;
  const scales = Float32Array.from(forecast.values, scaleOf);
  const values = new Uint16Array(forecast.levels.length * horizon);
  forecast.values.forEach((row, level) => {
    const scale = scales[level] ?? 0;
    row.forEach((value, step) => {
      values[level * horizon + step] =
        value <= 0 ? 0 : Math.min(LARGEST, Math.max(1, Math.ceil(value / scale)));
    });
  });
  const { start, step, levels } = forecast;
  return { key, resource, issuedAt, start, step, levels, scales, values, model, run };
}

/** Maximum of the row / 65,535, as the next Float32 that is not below it. */
function scaleOf(row: Float64Array): number {
  const largest = row.reduce((a, b) => Math.max(a, b), 0);
  if (row.some((value) => !Number.isFinite(value))) {
    throw new RangeError('a forecast must be finite');
  }
  if (largest === 0) return 0;
  const exact = Math.max(largest / LARGEST, SMALLEST_SCALE);
  const rounded = Math.fround(exact);
  return rounded >= exact ? rounded : Math.fround(exact * (1 + 2 ** -23));
}

/** Steps ahead that the issue reaches. */
export const horizonOf = (issue: PackedIssue): number => issue.values.length / issue.levels.length;

/** The value of one level and step; `undefined` outside the issue. */
export function packedValue(issue: PackedIssue, level: number, step: number): number | undefined {
  const horizon = horizonOf(issue);
  if (step < 0 || step >= horizon) return undefined;
  const scale = issue.scales[level];
  const units = issue.values[level * horizon + step];
  return scale === undefined || units === undefined ? undefined : scale * units;
}

/**
 * The same forecast, without the levels below `lowest` and the steps beyond `steps`: what is never asked for need not lie in
 * memory. An issue that has no such level, or is no longer, stays as it is.
 */
export function shortened(issue: PackedIssue, lowest: number, steps: number): PackedIssue {
  const horizon = horizonOf(issue);
  const first = issue.levels.findIndex((level) => level >= lowest);
  const kept = Math.min(horizon, steps);
  const [level, ...levels] = issue.levels.slice(Math.max(0, first));
  if (level === undefined || first === -1 || (first === 0 && kept === horizon)) return issue;
  const values = new Uint16Array((levels.length + 1) * kept);
  for (let row = 0; row <= levels.length; row += 1) {
    const from = (first + row) * horizon;
    values.set(issue.values.subarray(from, from + kept), row * kept);
  }
  return { ...issue, levels: [level, ...levels], scales: issue.scales.slice(first), values };
}

/** The forecast as numbers again, for people and charts. */
export function unpackIssue(issue: PackedIssue): Forecast {
  const horizon = horizonOf(issue);
  const values = issue.levels.map((_, level) =>
    Float64Array.from({ length: horizon }, (__, step) => packedValue(issue, level, step) ?? 0),
  );
  return { start: issue.start, step: issue.step, levels: issue.levels, values };
}
