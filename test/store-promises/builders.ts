import type { UsageBucket } from '../../domain/bucket.ts';
import type { ComponentKey, Resource } from '../../domain/component.ts';
import type { Decision } from '../../domain/decision.ts';
import type { IssuedFor } from '../../domain/forecast.ts';
import type { HistoryColumn } from '../../domain/history.ts';
import type { Score } from '../../domain/score.ts';
import type { SettingEntry } from '../../domain/settings.ts';
import { bucketStart, days, epochMs, STEP, type EpochMs, type Window } from '../../domain/units.ts';
import { aForecast, anIssue, cart } from '../builders.ts';
import type { Store } from '../store-port.ts';

export const { signal } = new AbortController();
/** Real stores expire by the real clock, so the promises are about now. */
export const NOW = bucketStart(epochMs(Date.now()), STEP);
export const at = (steps: number): EpochMs => epochMs(NOW + steps * STEP);
export const LATELY: Window = { from: epochMs(NOW - days(1)), to: epochMs(NOW + days(1)) };
export const component = (name: string): ComponentKey => ({ namespace: 'shop', component: name });
export const INVALID = { code: 'REQUEST_INVALID' };

export const aScore = (about: Partial<Score> = {}): Score => ({
  key: cart,
  resource: 'cpu',
  model: 'seasonal-naive-day',
  lead: 4,
  at: NOW,
  mae: 0.25,
  mase: 0.75,
  pinball: 0.5,
  coverage: 0.8125,
  skill: -0.5,
  n: 96,
  ...about,
});

export const aSetting = (about: Partial<SettingEntry> = {}): SettingEntry => ({
  name: 'managed/shop/cart',
  value: true,
  changedBy: 'user:ada',
  at: NOW,
  ...about,
});

export const aDecision = (about: Partial<Decision> = {}): Decision => ({
  at: NOW,
  key: cart,
  kind: 'apply',
  actor: 'self-scaling',
  text: 'minReplicas 2 -> 3, because "noon" is near',
  ...about,
});

/** A forecast of two levels and four steps, whose median is `value`. */
export const anIssueOf = (value: number, about: Partial<IssuedFor['issued']> = {}): IssuedFor =>
  anIssue({
    issued: {
      forecast: aForecast(value, {
        start: at(1),
        levels: [0.5, 0.9],
        values: [new Float64Array(4).fill(value), new Float64Array(4).fill(value * 1.25)],
      }),
      issuedAt: NOW,
      model: 'naive',
      run: 'train-1',
      ...about,
    },
  });

export function byText(a: object, b: object): number {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

export async function columnsOf(
  store: Store,
  keys: readonly ComponentKey[] | 'everybody' = 'everybody',
  window: Window = LATELY,
  resource: Resource = 'cpu',
): Promise<HistoryColumn[]> {
  const found: HistoryColumn[] = [];
  for await (const column of store.readHistory(keys, resource, window, signal)) found.push(column);
  return found.toSorted((a, b) => byText(a.key, b.key));
}

export const bucketsOf = async (store: Store, window: Window = LATELY): Promise<UsageBucket[]> =>
  (await store.readBuckets(window, signal)).toSorted(
    (a, b) => byText(a.key, b.key) || a.start - b.start,
  );

export const settingsOf = async (store: Store): Promise<SettingEntry[]> =>
  (await store.all(signal)).toSorted((a, b) => byText([a.name], [b.name]));

export const keysOf = (found: readonly { readonly key: ComponentKey }[]): ComponentKey[] =>
  found.map(({ key }) => key).toSorted(byText);
