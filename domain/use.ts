import type { ComponentKey, Resource } from './component.ts';
import type { EpochMs } from './units.ts';

/** Why a forecast is not used for scaling. */
export type Failing = {
  readonly since: EpochMs;
  /** 1 - its loss / that of the naive rule. */
  readonly skill: number;
  /** How many values that rests on. */
  readonly scored: number;
  /** Its own record since it was issued; or, while there is none, its trial at training. */
  readonly by: 'record' | 'trial';
};

/** The level that is read in the place of the target, so that the share of truths below it is the target. */
export type AdaptedLevel = {
  readonly target: number;
  readonly level: number;
  /** Start of the last step that it has learnt from. */
  readonly seen: EpochMs;
};

export type ResourceUse = { readonly failing?: Failing; readonly adapted?: AdaptedLevel };

/**
 * Whether, and how, the forecasts of a component are read for scaling. The leading controller decides it and writes it to
 * the store as the setting `use/<namespace>/<component>`; whoever reads forecasts follows it.
 */
export type ForecastUse = { readonly key: ComponentKey } & {
  readonly [resource in Resource]?: ResourceUse;
};

export const useName = ({ namespace, component }: ComponentKey): string =>
  `use/${namespace}/${component}`;
