import { readFile } from 'node:fs/promises';
import { refusal } from '../domain/errors.ts';
import { comparedModels, modelsWith } from '../forecast/models/catalogue.ts';
import type { Model } from '../forecast/models/model.ts';
import { openAugurs } from '../forecast/models/mstl.ts';
import { parseWeights } from '../forecast/models/network-weights.ts';
import { SHIPPED_WEIGHTS } from '../forecast/models/shipped-weights.ts';
import { hashOfWeights, readWeights } from './weights-file.ts';

/** What a backtest may ask, and whose forecasts it tells of. */
type Catalogue = {
  readonly models: readonly Model[];
  readonly shown: readonly string[];
  /** SHA-256 of the network's weights; `null` when it is not asked. */
  readonly weights: string | null;
};

/**
 * The models that training offers a series, or those that were named, among which may be models that are only compared with.
 *
 * @param asked   none = all that training offers.
 * @param weights a file of weights for the network, instead of those that are shipped.
 * @throws {SelfScalingError} `REQUEST_INVALID` for a name that nobody has, or a file that has no weights.
 */
export async function catalogueOf(
  asked: readonly string[],
  weights: string | undefined,
): Promise<Catalogue> {
  const inForce = weights === undefined ? parseWeights(SHIPPED_WEIGHTS) : readWeights(weights);
  const offered = modelsWith(inForce);
  const isStranger = (name: string): boolean => !offered.some((model) => model.name === name);
  const compared = asked.some(isStranger)
    ? comparedModels(await openAugurs(async (file) => new Uint8Array(await readFile(file))))
    : [];
  const known = [...offered, ...compared];
  const names = known.map(({ name }) => name);
  const strangers = asked.filter((name) => !names.includes(name));
  if (strangers.length > 0) {
    throw refusal(
      'REQUEST_INVALID',
      `no model is named ${strangers.join(', ')}; there are ${names.join(', ')}`,
    );
  }
  const shown = asked.length === 0 ? names : names.filter((name) => asked.includes(name));
  const learnt = known.find(({ isPretrained = false }) => isPretrained);
  const isAsked = learnt !== undefined && shown.includes(learnt.name);
  return { models: known, shown, weights: isAsked ? hashOfWeights(inForce) : null };
}
