import initEts, { AutoETS } from '@bsull/augurs/ets';
import initMstl, { MSTL } from '@bsull/augurs/mstl';
import type { Series } from '../../domain/series.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import { calibratedByDay } from './calibrated-by-day.ts';
import type { Model } from './model.ts';
import { standardised } from './standardised.ts';

/** Forecasts of the library from values near zero; each throws where the library finds no model. */
export type Augurs = {
  mstl(values: Float64Array, periods: readonly number[], horizon: number): readonly number[];
  ets(values: Float64Array, horizon: number): readonly number[];
};

const WEEK = 7 * STEPS_A_DAY;
const DAY_ALONE = [STEPS_A_DAY];
const DAY_AND_WEEK = [STEPS_A_DAY, WEEK];
/** Error and trend as the information criterion says, no season. */
const NON_SEASONAL = 'ZZN';

/**
 * Loads the library's WebAssembly, once for a process.
 *
 * @param read the bytes of a file of the package.
 */
export async function openAugurs(
  read: (file: URL) => Promise<Uint8Array<ArrayBuffer>>,
): Promise<Augurs> {
  const bytesOf = (name: string): Promise<Uint8Array<ArrayBuffer>> =>
    read(new URL(`${name}_bg.wasm`, import.meta.resolve(`@bsull/augurs/${name}`)));
  await initMstl({ module_or_path: await bytesOf('mstl') });
  await initEts({ module_or_path: await bytesOf('ets') });
  return {
    mstl: (values, periods, horizon) => {
      using model = MSTL.ets([...periods]);
      model.fit(values);
      return model.predict(horizon).point;
    },
    ets: (values, horizon) => {
      using model = new AutoETS(1, NON_SEASONAL);
      model.fit(values);
      return model.predict(horizon).point;
    },
  };
}

/**
 * Seasonal-trend decomposition by day and, from two weeks of history on, by week; its trend goes on as the exponential
 * smoothing of least information criterion.
 *
 * @see Bandara, Hyndman & Bergmeir, MSTL: A Seasonal-Trend Decomposition Algorithm, 2021.
 */
export const mstlModel = (augurs: Augurs): Model =>
  calibratedByDay({
    name: 'mstl-ets',
    minimumSteps: 4 * STEPS_A_DAY,
    ahead: (history: Series, horizon: number) =>
      standardised(history, (values) =>
        augurs.mstl(values, values.length >= 2 * WEEK ? DAY_AND_WEEK : DAY_ALONE, horizon),
      ),
  });

/** Exponential smoothing of the series itself, without a season: what is left of `mstl-ets` without the rhythm. */
export const etsModel = (augurs: Augurs): Model =>
  calibratedByDay({
    name: 'ets',
    minimumSteps: STEPS_A_DAY,
    ahead: (history: Series, horizon: number) =>
      standardised(history, (values) => augurs.ets(values, horizon)),
  });
