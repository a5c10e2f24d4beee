import type { Score } from '../domain/score.ts';
import { float, integer, line, series } from './line-protocol.ts';

/* Names of fields and tags that scores, forecasts and vintages share in InfluxDB. */

const A_THOUSAND = 1000;
const DIGITS = 3;

/** `q050` for 0.05, `q975` for 0.975. */
export const fieldOf = (level: number): string =>
  `q${String(Math.round(level * A_THOUSAND)).padStart(DIGITS, '0')}`;

/** The level of such a field; `undefined` for another field. */
export const levelOf = (field: string): number | undefined =>
  /^q\d{3}$/.test(field) ? Number(field.slice(1)) / A_THOUSAND : undefined;

/** `004`: tags are text, and are to be in order. */
export const leadTag = (lead: number): string => String(lead).padStart(DIGITS, '0');

export function scoreLine({ key, resource, model, lead, at, ...score }: Score): string {
  const tags = {
    component: key.component,
    lead: leadTag(lead),
    model,
    namespace: key.namespace,
    resource,
  };
  const { belowQ90, bias, coverage, mae, mase, n, pinball, skill } = score;
  const fields = {
    ...(belowQ90 === undefined ? {} : { below_q90: float(belowQ90) }),
    ...(bias === undefined ? {} : { bias: float(bias) }),
    coverage: float(coverage),
    mae: float(mae),
    mase: float(mase),
    n: integer(n),
    pinball: float(pinball),
    skill: float(skill),
  };
  return line(series('score', tags), fields, at);
}
