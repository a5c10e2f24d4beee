import type { Random } from '../../domain/random.ts';
import { whole } from './chance.ts';
import { syntheticExample } from './generators.ts';
import type { Example } from './synthetic.ts';

const WINDOWS_OF_AN_EXAMPLE = 8;

/** Grows to `most` series while training goes on: each is used some times, and then again. */
export function syntheticPool(most: number): (random: Random) => Example {
  const pool: Example[] = [];
  let draws = 0;
  return (random) => {
    draws += 1;
    if (pool.length < most && draws % WINDOWS_OF_AN_EXAMPLE === 1)
      pool.push(syntheticExample(random));
    return pool[whole(random, 0, pool.length - 1)] ?? syntheticExample(random);
  };
}
