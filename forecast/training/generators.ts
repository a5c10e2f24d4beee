import type { Random } from '../../domain/random.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import { isWeekend } from '../models/same-times.ts';
import { between, chance, normal, pick, whole } from './chance.ts';
import { rhythmicSeries, type Example } from './synthetic.ts';

const EXAMPLE_DAYS = 21;
const STEPS = EXAMPLE_DAYS * STEPS_A_DAY;
/** Anywhere in some weeks: the weekday of the first step matters, the year does not. */
const CLOCKS = 28 * STEPS_A_DAY;

type Generator = (random: Random, steps: number, clock: number) => Float64Array;

/** Work that comes and goes, each state for a while of its own. */
const bursts: Generator = (random, steps) => {
  const [low, high] = [between(random, 0, 1), between(random, 1, 8)];
  const [off, on] = [between(random, 4, 200), between(random, 1, 60)];
  const spread = between(random, 0.02, 0.4);
  let busy = false;
  let height = high;
  return made(steps, () => {
    if (chance(random, 1 / (busy ? on : off))) {
      busy = !busy;
      height = high * Math.exp(spread * normal(random));
    }
    return Math.max(0, (busy ? height : low) * (1 + 0.3 * spread * normal(random)));
  });
};

/** Resources that are allocated in pieces and held. */
const allocations: Generator = (random, steps) => {
  const hold = between(random, 12, 400);
  const piece = between(random, 0.05, 1);
  const noise = 10 ** between(random, -3, -1);
  let level = between(random, 1, 6);
  return made(steps, () => {
    if (chance(random, 1 / hold)) level = Math.max(0.2, level + piece * whole(random, -3, 3));
    return level + noise * normal(random);
  });
};

/** Memory that grows until a restart. */
const sawTeeth: Generator = (random, steps) => {
  const length = between(random, 24, 900);
  const growth = between(random, 0.2, 2);
  const noise = 10 ** between(random, -3, -1);
  const regular = chance(random, 0.5);
  let since = whole(random, 0, length);
  return made(steps, () => {
    since += 1;
    if (regular ? since >= length : chance(random, 1 / length)) since = 0;
    return 2 + (growth * since) / length + noise * normal(random);
  });
};

/** Jobs at their minute, on their weekdays, over a quiet ground. */
const jobs: Generator = (random, steps, clock) => {
  const ground = between(random, 0.02, 1);
  const noise = 10 ** between(random, -2.5, -0.5);
  const list = Array.from({ length: whole(random, 1, 4) }, () => ({
    every: pick(random, [4, 8, 16, 24, 48, 96, 96, 96, 672]),
    at: whole(random, 0, 671),
    length: whole(random, 1, 10),
    height: between(random, 0.5, 6),
    workdays: chance(random, 0.4),
    missed: chance(random, 0.3) ? 0.15 : 0,
  }));
  const ends = list.map(() => 0);
  return made(steps, (index) => {
    let value = ground;
    for (const [slot, { every, at, length, height, workdays, missed }] of list.entries()) {
      const now = clock + index;
      const starts = (now + at) % every === 0 && !(workdays && isWeekend(now));
      if (starts && !chance(random, missed)) ends[slot] = index + length + whole(random, -1, 1);
      if (index < (ends[slot] ?? 0)) value += height;
    }
    return value * (1 + noise * normal(random));
  });
};

const saturated: Generator = (random, steps, clock) => {
  const values = rhythmicSeries(random, steps, clock);
  const limit = values.toSorted()[Math.floor(steps * between(random, 0.5, 0.95))] ?? 1;
  return values.map((value) => Math.min(limit, value));
};

/** What was before a change has little to do with what comes after. */
const regimes: Generator = (random, steps, clock) => {
  const change = whole(random, steps / 4, (3 * steps) / 4);
  const before = anyOf(random, steps, clock);
  return anyOf(random, steps, clock).map((value, index) =>
    index < change ? (before[index] ?? value) : value,
  );
};

const mixture: Generator = (random, steps, clock) => {
  const share = between(random, 0.2, 1);
  const other = anyOf(random, steps, clock);
  return anyOf(random, steps, clock).map((value, index) => value + share * (other[index] ?? 0));
};

const SIMPLE: readonly [Generator, ...Generator[]] = [
  rhythmicSeries,
  rhythmicSeries,
  rhythmicSeries,
  rhythmicSeries,
  bursts,
  allocations,
  sawTeeth,
  jobs,
  saturated,
];
const ALL: readonly [Generator, ...Generator[]] = [
  ...SIMPLE,
  rhythmicSeries,
  rhythmicSeries,
  regimes,
  mixture,
];

const anyOf: Generator = (random, steps, clock) => pick(random, SIMPLE)(random, steps, clock);

function made(steps: number, next: (index: number) => number): Float64Array {
  return Float64Array.from({ length: steps }, (_, index) => next(index));
}

/** Three weeks of a made-up component, sometimes with gaps. */
export function syntheticExample(random: Random): Example {
  const clock = whole(random, 0, CLOCKS - 1);
  const values = pick(random, ALL)(random, STEPS, clock);
  const observed = new Uint8Array(STEPS).fill(1);
  if (chance(random, 0.25)) {
    for (let gap = whole(random, 1, 6); gap > 0; gap -= 1) {
      const start = whole(random, 0, STEPS - 1);
      observed.fill(0, start, start + Math.ceil(10 ** between(random, 0, 2.28)));
    }
  }
  return { values: chance(random, 0.05) ? values.map((value) => -value) : values, observed, clock };
}
