const FIRST_DECAY = 0.9;
const SECOND_DECAY = 0.999;
const SMALLEST = 1e-8;
const WARM_UP_STEPS = 50;
/** Of the highest rate, at the last step. */
const LAST_SHARE = 0.03;

/** Warms up, then falls along half a cosine. */
export function rateAt(step: number, steps: number, highest: number): number {
  const cosine = (1 + Math.cos((Math.PI * step) / steps)) / 2;
  const share = (1 - LAST_SHARE) * cosine + LAST_SHARE;
  return highest * Math.min(1, (step + 1) / WARM_UP_STEPS) * share;
}

/**
 * Adam on one flat array, which it changes in place.
 * @see Kingma & Ba, Adam: A Method for Stochastic Optimization, 2015, algorithm 1.
 */
export function adam(weights: Float32Array): (gradient: Float32Array, rate: number) => void {
  const first = new Float64Array(weights.length);
  const second = new Float64Array(weights.length);
  let step = 0;
  return (gradient, rate) => {
    step += 1;
    const [c1, c2] = [1 - FIRST_DECAY ** step, 1 - SECOND_DECAY ** step];
    for (const [index, g] of gradient.entries()) {
      const m = FIRST_DECAY * (first[index] ?? 0) + (1 - FIRST_DECAY) * g;
      const v = SECOND_DECAY * (second[index] ?? 0) + (1 - SECOND_DECAY) * g * g;
      first[index] = m;
      second[index] = v;
      const change = (rate * (m / c1)) / (Math.sqrt(v / c2) + SMALLEST);
      weights[index] = (weights[index] ?? 0) - change;
    }
  };
}
