import type { Random } from '../../domain/random.ts';

/** Standard normal, by Box and Muller. */
export const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

export const between = (random: Random, low: number, high: number): number =>
  low + (high - low) * random();

/** Uniform over `low` to `high`, both included. */
export const whole = (random: Random, low: number, high: number): number =>
  Math.floor(between(random, low, high + 1));

/** Whole, 0 to `most`, both included; half as likely each `halfLife` further. */
export function recentAge(random: Random, most: number, halfLife: number): number {
  const left = 1 - random() * (1 - 2 ** -((most + 1) / halfLife));
  return Math.min(most, Math.floor(halfLife * Math.log2(1 / left)));
}

export const chance = (random: Random, probability: number): boolean => random() < probability;

/** @param from not empty. */
export function pick<Item>(random: Random, from: readonly [Item, ...Item[]]): Item {
  return from[whole(random, 0, from.length - 1)] ?? from[0];
}
