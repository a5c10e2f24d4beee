import { valueAt } from '../../domain/quantile.ts';
import { dense, type Dense } from './dense.ts';
import { ORIGIN_INPUTS } from './network-context.ts';
import { CLOCK_AT, CLOCK_INPUTS, INPUTS, MASKS_AT } from './network-features.ts';
import { layersOf, type Layer, type NetworkWeights } from './network-weights.ts';

const STEP_INPUTS = INPUTS - ORIGIN_INPUTS;
/** A week of steps ahead: beyond, what the clock adds is made each time. */
const STEPS_KEPT = 672;

type Block = { readonly at: number; readonly count: number };
const MASKS: Block = { at: MASKS_AT, count: MASKS_AT };
const CLOCK: Block = { at: CLOCK_AT, count: CLOCK_INPUTS };
const CHANGING = Array.from({ length: STEP_INPUTS }, (_, row) => row).filter(
  (row) => ![MASKS, CLOCK].some(({ at, count }) => row >= at && row < at + count),
);

/** Writes the sums of a layer over what they were. */
type Apply = (sums: Float64Array, inputs: Float64Array) => void;

/** The layers, before what is negative is cut off, for one series at a time. */
export type Layers = {
  /**
   * The first one of a series: only inputs that change from step to step are multiplied at each of them. Those of the
   * origin are multiplied once, which lags are known when that changes, and the clock once for all series.
   *
   * @param ofStep is read when the sums are asked for.
   */
  firstAt(ofOrigin: Float64Array, ofStep: Float64Array): (sums: Float64Array, step: number) => void;
  readonly second: Apply;
  readonly third: Apply;
};

export function openLayers({ hidden, values }: NetworkWeights): Layers {
  const [first, second, third] = layersOf(hidden);
  const of = ({ at, rows, columns }: Layer): Dense =>
    dense(
      values.subarray(at, at + rows * columns),
      values.subarray(at + rows * columns, at + (rows + 1) * columns),
    );
  const { biases } = of(first);
  const origin = of({ ...first, rows: ORIGIN_INPUTS });
  const rowsOfStep = values.subarray(
    first.at + ORIGIN_INPUTS * hidden,
    first.at + first.rows * hidden,
  );
  const ofRows = (rows: Float32Array): Dense => dense(rows, new Float32Array(hidden));
  const block = ({ at, count }: Block): Dense =>
    ofRows(rowsOfStep.subarray(at * hidden, (at + count) * hidden));
  const [masks, clock] = [block(MASKS), block(CLOCK)];
  const changing = ofRows(
    Float32Array.from(
      CHANGING.flatMap((row) => [...rowsOfStep.subarray(row * hidden, (row + 1) * hidden)]),
    ),
  );
  const clocks: Float64Array[] = [];
  const [shared, base] = [new Float64Array(hidden), new Float64Array(hidden)];
  const ofChanging = new Float64Array(CHANGING.length);

  const clockAt = (step: number, inputs: Float64Array): Float64Array => {
    const known = clocks[step];
    if (known !== undefined) return known;
    const sums = new Float64Array(hidden);
    clock.add(sums, inputs);
    if (step === clocks.length && step < STEPS_KEPT) clocks.push(sums);
    return sums;
  };

  return {
    firstAt(ofOrigin, ofStep) {
      shared.set(biases);
      origin.add(shared, ofOrigin);
      const ofMasks = ofStep.subarray(MASKS.at, MASKS.at + MASKS.count);
      const ofClock = ofStep.subarray(CLOCK.at, CLOCK.at + CLOCK.count);
      let pattern = Number.NaN;
      return (sums, step) => {
        const known = patternOf(ofMasks);
        if (known !== pattern) {
          base.set(shared);
          masks.add(base, ofMasks);
          pattern = known;
        }
        const atStep = clockAt(step, ofClock);
        for (let unit = 0; unit < hidden; unit += 1) {
          sums[unit] = valueAt(base, unit) + valueAt(atStep, unit);
        }
        for (let index = 0; index < CHANGING.length; index += 1) {
          ofChanging[index] = valueAt(ofStep, CHANGING[index] ?? 0);
        }
        changing.add(sums, ofChanging);
      };
    },
    second: applied(of(second)),
    third: applied(of(third)),
  };
}

const applied =
  (layer: Dense): Apply =>
  (sums, inputs) => {
    sums.set(layer.biases);
    layer.add(sums, inputs);
  };

/** Which of the lags are known, as a number. */
function patternOf(masks: Float64Array): number {
  let pattern = 0;
  for (let lag = 0; lag < masks.length; lag += 1) pattern = pattern * 2 + valueAt(masks, lag);
  return pattern;
}
