import { refusal } from '../../domain/errors.ts';
import type { ChosenReport } from './report.ts';

/** What the chosen forecast must keep to. */
export type Gate = {
  readonly text: string;
  readonly measure: Measure;
  readonly least: number;
  readonly most: number;
};

/** Which side of a single bound is good. */
const BOUND = {
  relSQL: 'most',
  relMASE: 'most',
  WQL: 'most',
  worst: 'most',
  cpuSeconds: 'most',
  within110: 'least',
  cov80: 'range',
  p90: 'range',
  p99: 'range',
} as const;
type Measure = keyof typeof BOUND;

const isMeasure = (name: string): name is Measure => Object.hasOwn(BOUND, name);

/**
 * Reads `relSQL=0.64` or `cov80=0.78..0.82`.
 * @throws {SelfScalingError} `REQUEST_INVALID` when it is neither.
 */
export function parseGate(text: string): Gate {
  const number = String.raw`\d+(?:\.\d+)?`;
  const form = new RegExp(`^(?<name>\\w+)=(?<low>${number})(?:\\.\\.(?<high>${number}))?$`);
  const { name = '', low, high } = form.exec(text)?.groups ?? {};
  if (!isMeasure(name)) {
    throw refusal(
      'REQUEST_INVALID',
      `gate ${JSON.stringify(text)} is not understood; write one of ${Object.keys(BOUND).join(', ')} like relSQL=0.64 or cov80=0.78..0.82`,
    );
  }
  const bound = Number(low);
  if (high !== undefined) return { text, measure: name, least: bound, most: Number(high) };
  switch (BOUND[name]) {
    case 'most':
      return { text, measure: name, least: -Infinity, most: bound };
    case 'least':
      return { text, measure: name, least: bound, most: Infinity };
    case 'range':
      throw refusal(
        'REQUEST_INVALID',
        `gate ${JSON.stringify(text)} needs both ends: ${name}=${bound}..1`,
      );
    default:
      return BOUND[name] satisfies never;
  }
}

/** The gates that are missed, as sentences; what could not be measured misses. */
export function missedGates(gates: readonly Gate[], chosen: ChosenReport): string[] {
  return gates.flatMap(({ text, measure, least, most }) => {
    const value = chosen[measure];
    if (value !== undefined && value >= least && value <= most) return [];
    return [`gate ${text} is missed: ${measure} is ${value?.toPrecision(4) ?? 'not known'}`];
  });
}
