import { combination, type Part } from '../models/combine.ts';
import type { Model } from '../models/model.ts';
import type { SeriesMemory } from './choice-memory.ts';

/** The models there are: all of them, and those that nothing may lose to. */
export type Catalogue = {
  readonly models: readonly Model[];
  readonly baselines: readonly [Model, ...Model[]];
};

/** What was chosen, as one model; `undefined` when a member is not known any more. */
export function rememberedModel(
  { parts }: Pick<SeriesMemory, 'parts'>,
  { models }: Catalogue,
): Model | undefined {
  const known = parts.flatMap(([name, weight]): Part[] => {
    const model = models.find((one) => one.name === name);
    return model === undefined ? [] : [{ model, weight }];
  });
  const [first, ...others] = known;
  return first === undefined || known.length < parts.length
    ? undefined
    : combination([first, ...others]);
}

/** Below this share a member is asked when models are chosen, and not in between. */
const WORTH_RENEWING = 0.2;

/**
 * The members that are asked again until the next choice; all of them where those of weight are less than half. On 121
 * columns of real traces, half a day after the choice, that forecast as well as all do, at 0.3 of the CPU time.
 */
export function partsToRenew(parts: readonly Part[]): SeriesMemory['parts'] {
  const main = parts.filter(({ weight }) => weight >= WORTH_RENEWING);
  const sum = main.reduce((all, { weight }) => all + weight, 0);
  const kept = sum >= 0.5 ? main : parts;
  const total = kept.reduce((all, { weight }) => all + weight, 0);
  return kept.map(({ model, weight }) => [model.name, weight / total] as const);
}

/**
 * Who forecasts after a change of level: what was learnt elsewhere, and knows such changes; where there is none, the rules
 * in equal shares. Skill on the days before the change says little about the days after it.
 */
export function partsAfterChange({ models, baselines }: Catalogue): SeriesMemory['parts'] {
  const learnt = models.filter(({ isPretrained = false }) => isPretrained);
  const members = learnt.length > 0 ? learnt : baselines;
  return members.map(({ name }) => [name, 1 / members.length] as const);
}
