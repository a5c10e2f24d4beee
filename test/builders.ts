import type { UsageBucket } from '../domain/bucket.ts';
import type { ComponentKey } from '../domain/component.ts';
import { LEVELS, type Forecast, type IssuedFor } from '../domain/forecast.ts';
import type { Sample } from '../domain/sample.ts';
import { bytes, cores, epochMs, STEP } from '../domain/units.ts';

export const cart: ComponentKey = { namespace: 'shop', component: 'cart' };
/** 2026-11-24T10:00:00Z, a quarter hour. */
export const TEN = epochMs(Date.parse('2026-11-24T10:00:00Z'));

/** A believable sample; a test names only what it is about. */
export const aSample = (about: Partial<Sample> = {}): Sample => ({
  key: cart,
  at: TEN,
  cpu: cores(0.5),
  memory: bytes(2 ** 28),
  replicasReady: 2,
  podsMissing: 0,
  ...about,
});

export const aBucket = (about: Partial<UsageBucket> = {}): UsageBucket => ({
  key: cart,
  start: TEN,
  cpu: cores(0.5),
  cpuMax: cores(0.75),
  memory: bytes(2 ** 28),
  memoryMax: bytes(2 ** 29),
  replicasReady: 2,
  podsMissing: 0,
  sampleCount: 15,
  ...about,
});

/** A flat forecast of 192 steps: `value` at the median, 10 % more per level above. */
export const aForecast = (value = 1, about: Partial<Forecast> = {}): Forecast => ({
  start: TEN,
  step: STEP,
  levels: LEVELS,
  values: LEVELS.map((level) => new Float64Array(192).fill(value * (1 + (level - 0.5)))),
  ...about,
});

export const anIssue = (about: Partial<IssuedFor> = {}): IssuedFor => ({
  key: cart,
  resource: 'cpu',
  issued: { forecast: aForecast(), issuedAt: TEN, model: 'seasonal-naive-day', run: 'train-1' },
  ...about,
});
