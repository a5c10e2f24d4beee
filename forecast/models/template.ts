import { historyTooShort } from '../../domain/errors.ts';
import type { Series } from '../../domain/series.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import { combined } from './combine.ts';
import { lengthened, likenessTo, type Likeness } from './lent-past.ts';
import type { FittedModel, Model } from './model.ts';

/** What older components of a cluster can lend to young ones. */
export type Template = { readonly donors: readonly Series[] };

const OLD_ENOUGH = 7 * STEPS_A_DAY;
const LEAST_OBSERVED = 0.8;
/** Fewer do not stand for a cluster. */
const FEWEST_DONORS = 5;
const DONORS_ASKED = 4;
/** Two hours, like the network. */
const FEWEST_STEPS = 8;

/** Those that are a week old and mostly observed; `undefined` when they are too few. All on one grid. */
export function templateOf(candidates: readonly Series[]): Template | undefined {
  const donors = candidates.filter(({ values, observed }) => {
    const seen = observed.reduce((sum, one) => sum + one, 0);
    return values.length >= OLD_ENOUGH && seen >= LEAST_OBSERVED * values.length;
  });
  return donors.length < FEWEST_DONORS ? undefined : { donors };
}

/**
 * Forecasts a young series as if it had lived longer: the donors whose course its own steps resemble most lend it
 * what they were before it began, brought to its level and range. The model reads the own history alone and
 * each of the longer ones; the own counts half, quantiles are averaged. Where no donor was there before, the own
 * history is all that is read.
 *
 * @param model what reads the histories: the network. It keeps its name, since it may be asked with donors today and
 *              without tomorrow.
 */
export function templateModel({ donors }: Template, model: Model): Model {
  return {
    ...model,
    minimumSteps: FEWEST_STEPS,
    fit(history: Series): FittedModel {
      const have = history.values.length;
      if (have < FEWEST_STEPS) throw historyTooShort(have, FEWEST_STEPS);
      const own = model.fit(history);
      const lent = mostAlike(history, donors).map(({ donor, fit }) =>
        model.fit(lengthened(history, donor, fit)),
      );
      return {
        predict(horizon, levels) {
          const said = (fitted: FittedModel, weight: number) => ({
            forecast: fitted.predict(horizon, levels),
            weight,
          });
          return combined([said(own, lent.length || 1), ...lent.map((fitted) => said(fitted, 1))]);
        },
      };
    },
  };
}

/** The models, those that were learnt elsewhere with a past that is lent, where there is a template. */
export const withTemplate = (
  models: readonly Model[],
  template: Template | undefined,
): readonly Model[] =>
  template === undefined
    ? models
    : models.map((model) => (model.isPretrained === true ? templateModel(template, model) : model));

type Lender = { readonly donor: Series; readonly fit: Likeness };

function mostAlike(own: Series, donors: readonly Series[]): Lender[] {
  return donors
    .flatMap((donor) => {
      const fit = likenessTo(own, donor);
      return fit === undefined ? [] : [{ donor, fit }];
    })
    .toSorted((a, b) => b.fit.correlation - a.fit.correlation)
    .slice(0, DONORS_ASKED);
}
