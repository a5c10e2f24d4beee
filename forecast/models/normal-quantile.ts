/**
 * The quantile of the standard normal distribution, within 5e-4.
 *
 * @param level 0 < level < 1.
 * @see Abramowitz & Stegun, Handbook of Mathematical Functions, 26.2.23.
 */
export function normalQuantile(level: number): number {
  if (level > 0.5) return -normalQuantile(1 - level);
  if (level === 0.5) return 0;
  const t = Math.sqrt(-2 * Math.log(level));
  const above = 2.515517 + 0.802853 * t + 0.010328 * t ** 2;
  const below = 1 + 1.432788 * t + 0.189269 * t ** 2 + 0.001308 * t ** 3;
  return above / below - t;
}
