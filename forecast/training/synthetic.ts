import type { Random } from '../../domain/random.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import { isWeekend } from '../models/same-times.ts';
import { between, chance, normal, pick, whole } from './chance.ts';

/** A made-up series, or a part of a real one, that training may draw windows from. */
export type Example = {
  readonly values: Float64Array;
  readonly observed: Uint8Array;
  /** Steps from the Unix epoch to index 0. */
  readonly clock: number;
};

type Shape = {
  readonly profile: Float64Array;
  readonly weekend: Float64Array;
  readonly weekendGain: number;
};

/** Load with a rhythm, as services have it: a daily profile, weekends, trend, noise, shifts and spikes. */
export function rhythmicSeries(random: Random, steps: number, clock: number): Float64Array {
  const { profile, weekend, weekendGain } = shapeOf(random);
  const amplitude = orNothing(random, 0.2, between(random, 0.2, 1.7));
  const base = orNothing(random, 0.15, between(random, 1, 9));
  const trend = orNothing(random, 0.7, (1.2 * normal(random)) / steps);
  const gain = gainOf(random);
  const noise = noiseOf(random);
  const jumps = jumpsOf(random, amplitude);
  const heteroscedastic = chance(random, 0.5);
  const phase = chance(random, 0.7) ? 0 : whole(random, 0, 6) * STEPS_A_DAY;
  const values = new Float64Array(steps);
  for (let index = 0; index < steps; index += 1) {
    const ofDay = (clock + index) % STEPS_A_DAY;
    const free = isWeekend(clock + index + phase);
    const shape = (free ? weekend : profile)[ofDay] ?? 0;
    const level =
      base +
      amplitude * shape * gain(ofDay) * (free ? weekendGain : 1) +
      (free ? 0.25 * (weekendGain - 1) * base : 0);
    const width = heteroscedastic ? Math.max(0.2, Math.abs(level) / (base + 1)) : 1;
    values[index] = level + trend * index + width * noise() + jumps();
  }
  return asUsage(random, values);
}

const orNothing = (random: Random, probability: number, value: number): number =>
  chance(random, probability) ? 0 : value;

function shapeOf(random: Random): Shape {
  const profile = profileOf(random);
  return {
    profile,
    weekend: chance(random, 0.6) ? profileOf(random) : profile,
    weekendGain: chance(random, 0.6) ? between(random, 0.2, 1.1) : 1,
  };
}

/** One day, of about unit height. */
export function profileOf(random: Random): Float64Array {
  const profile = new Float64Array(STEPS_A_DAY);
  const harmonics = whole(random, 1, 5);
  for (let k = 1; k <= harmonics; k += 1) {
    const amplitude = normal(random) / k ** (0.7 + random());
    const phase = between(random, 0, 2 * Math.PI);
    for (const index of profile.keys()) {
      profile[index] =
        (profile[index] ?? 0) +
        amplitude * Math.sin((2 * Math.PI * k * index) / STEPS_A_DAY + phase);
    }
  }
  if (chance(random, 0.4)) addPlateau(random, profile);
  if (chance(random, 0.2)) {
    const every = pick(random, [4, 8, 12, 16, 24, 48]);
    const height = between(random, 0, 3);
    for (let index = whole(random, 0, every - 1); index < STEPS_A_DAY; index += every) {
      profile[index] = (profile[index] ?? 0) + height;
    }
  }
  return profile;
}

function addPlateau(random: Random, profile: Float64Array): void {
  const start = whole(random, 0, STEPS_A_DAY - 1);
  const length = whole(random, 1, 12);
  const height = between(random, 0, 4);
  for (let step = 0; step < length; step += 1) {
    const index = (start + step) % STEPS_A_DAY;
    profile[index] = (profile[index] ?? 0) + height;
  }
}

/** How much of its usual load a day has, and an hour within it; neighbours are alike. `next` is called once a step. */
function gainOf(random: Random): (ofDay: number) => number {
  const days = chance(random, 0.4) ? 0 : 10 ** between(random, -2, -0.7);
  const hours = chance(random, 0.5) ? 0 : 10 ** between(random, -2.3, -0.9);
  const [dayMemory, hourMemory] = [between(random, 0, 0.9), between(random, 0.8, 0.995)];
  let [day, hour] = [0, 0];
  return (ofDay) => {
    if (ofDay === 0) day = dayMemory * day + days * normal(random);
    hour = hourMemory * hour + hours * Math.sqrt(1 - hourMemory ** 2) * normal(random);
    return Math.exp(day + hour);
  };
}

/** Noise with a memory; `next` is called once a step. */
function noiseOf(random: Random): () => number {
  const deviation = 10 ** (-2.2 + 2.2 * random());
  const memory = between(random, 0, chance(random, 0.5) ? 0.98 : 0.6);
  const fresh = deviation * Math.sqrt(1 - memory * memory);
  let state = 0;
  return () => {
    state = memory * state + fresh * normal(random);
    return state;
  };
}

/** A random walk, level shifts and spikes, each in some series only. */
function jumpsOf(random: Random, amplitude: number): () => number {
  const walk = chance(random, 0.25) ? 10 ** (-2.5 + 1.2 * random()) : 0;
  const shifts = chance(random, 0.3) ? 0.8 / (7 * STEPS_A_DAY) : 0;
  const spikes = chance(random, 0.35) ? between(random, 0.01, 0.03) : 0;
  let level = 0;
  return () => {
    if (walk > 0) level += walk * normal(random);
    if (shifts > 0 && chance(random, shifts)) level += 0.8 * normal(random);
    if (spikes === 0 || !chance(random, spikes)) return level;
    const sign = chance(random, 0.85) ? 1 : -1;
    return level + sign * Math.exp(0.6 * normal(random)) * 2 * (amplitude + 0.2);
  };
}

function asUsage(random: Random, values: Float64Array): Float64Array {
  const kind = random();
  if (kind < 0.75) {
    const lowest = values.reduce((least, value) => Math.min(least, value), Infinity);
    const lift = lowest < 0 && chance(random, 0.7) ? 0.3 * Math.abs(lowest) : 0;
    return values.map((value) => Math.max(0, value + lift));
  }
  if (kind < 0.85) return values.map((value) => Math.max(0, Math.round(value)));
  return kind < 0.92 ? values.map((value) => Math.exp(Math.min(6, 0.4 * value))) : values;
}
