import { LEVELS } from '../../domain/forecast.ts';
import { valueAt } from '../../domain/quantile.ts';
import { CANDIDATES } from './network-features.ts';

const GATES = CANDIDATES.length;
const RESIDUAL_AT = GATES;
const GAPS_AT = GATES + 1;
const [BELOW_AT, ABOVE_AT] = [GATES, GATES + 1];
const MEDIAN = LEVELS.indexOf(0.5);

/** From gate, residual and gaps to one value for each level, all in z: gaps are positive, so levels never cross. */
export function toQuantiles(
  out: Float64Array,
  offers: Float64Array,
  quantiles: Float64Array,
): void {
  const median = mixtureOf(out, offers) + valueAt(out, RESIDUAL_AT);
  quantiles[MEDIAN] = median;
  const [below, above] = [valueAt(offers, BELOW_AT), valueAt(offers, ABOVE_AT)];
  let value = median;
  for (let level = MEDIAN - 1; level >= 0; level -= 1) {
    value -= below * softplus(valueAt(out, GAPS_AT + level));
    quantiles[level] = value;
  }
  value = median;
  for (let level = MEDIAN + 1; level < LEVELS.length; level += 1) {
    value += above * softplus(valueAt(out, GAPS_AT + level - 1));
    quantiles[level] = value;
  }
}

/** The mean of the candidates, weighted by the softmax of the gate. */
function mixtureOf(out: Float64Array, offers: Float64Array): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (let gate = 0; gate < GATES; gate += 1) highest = Math.max(highest, valueAt(out, gate));
  let mixed = 0;
  let total = 0;
  for (let gate = 0; gate < GATES; gate += 1) {
    const share = Math.exp(valueAt(out, gate) - highest);
    mixed += share * valueAt(offers, gate);
    total += share;
  }
  return mixed / total;
}

const softplus = (value: number): number =>
  Math.max(value, 0) + Math.log(1 + Math.exp(-Math.abs(value)));
