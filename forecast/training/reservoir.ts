import type { Random } from '../../domain/random.ts';
import { whole } from './chance.ts';

/**
 * Holds a sample of what is put into it, everything equally likely.
 * @see Vitter, Random Sampling with a Reservoir, ACM TOMS 11(1), 1985, algorithm R.
 */
export function reservoir<Item>(size: number, random: Random) {
  const items: Item[] = [];
  let offered = 0;
  return {
    items,
    put(item: Item): void {
      const place = offered < size ? offered : whole(random, 0, offered);
      offered += 1;
      if (place < size) items[place] = item;
    },
  };
}
