import type { ComponentKey } from './component.ts';
import type { EpochMs } from './units.ts';

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [member: string]: Json };

/** One durable setting; written whole, the last write to one name wins. `null` means removed. */
export type SettingEntry = {
  readonly name: string;
  readonly value: Json;
  readonly changedBy: string;
  readonly at: EpochMs;
};

export const TRAIN_VALUES = 'train-values';
/** Days: how much history training reads, and how far ahead it forecasts. */
export type TrainValues = { readonly historyDays: number; readonly futureDays: number };

export const managedName = ({ namespace, component }: ComponentKey): string =>
  `managed/${namespace}/${component}`;

/** The train values in force: the store's, else the given defaults. */
export function trainValuesIn(
  entries: readonly SettingEntry[],
  otherwise: TrainValues,
): TrainValues {
  const value = entries.find(({ name }) => name === TRAIN_VALUES)?.value;
  if (value === null || typeof value !== 'object' || !('historyDays' in value)) return otherwise;
  const { historyDays, futureDays } = value;
  if (typeof historyDays !== 'number' || typeof futureDays !== 'number') return otherwise;
  return { historyDays, futureDays };
}
