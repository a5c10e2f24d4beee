import { RESOURCES, type Resource } from '../../domain/component.ts';
import { seededRandom } from '../../domain/random.ts';
import type { Series } from '../../domain/series.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import { reservoir } from './reservoir.ts';

/** What is known of one component; a resource that cannot be forecast from lends nothing. */
type Prepared = {
  readonly [R in Resource]: { readonly ok: false } | { readonly ok: true; readonly series: Series };
};

/** Enough for four that are alike; few enough to go with every young series to the child. */
const MOST_DONORS = 40;
/** Who has less borrows, who has more lends. */
const WEEK = 7 * STEPS_A_DAY;
const SEED = 1;

const isYoungSeries = ({ values }: Series): boolean => values.length < WEEK;

/** Whether any of its series would borrow. */
export const isYoung = (component: Prepared): boolean =>
  RESOURCES.some((resource) => {
    const prepared = component[resource];
    return prepared.ok && isYoungSeries(prepared.series);
  });

export type Donors = ReturnType<typeof openDonors>;

/**
 * A sample of the old series of a run, of which young ones may borrow.
 *
 * @param most 0 = nobody lends.
 */
export function openDonors(most = MOST_DONORS) {
  const held = {
    cpu: reservoir<Series>(most, seededRandom(SEED)),
    memory: reservoir<Series>(most, seededRandom(SEED)),
  };
  return {
    offer(component: Prepared): void {
      for (const resource of RESOURCES) {
        const prepared = component[resource];
        if (!prepared.ok || isYoungSeries(prepared.series)) continue;
        held[resource].put(prepared.series);
      }
    },
    /** For a request: nothing for a series that is old enough itself, or as long as nobody is older. */
    for(resource: Resource, history: Series): { readonly donors?: readonly Series[] } {
      const donors = held[resource].items;
      return isYoungSeries(history) && donors.length > 0 ? { donors: [...donors] } : {};
    },
  };
}
