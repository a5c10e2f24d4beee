import { describe, expect, test } from 'vitest';
import { epochMs, minutes } from '../domain/units.ts';
import type { Reading } from '../domain/reading.ts';
import { predictedIn, toMetricValue, type Predicted } from './metric-value.ts';

const at = epochMs(Date.parse('2026-11-24T10:15:00.250Z'));
const aPrediction = (about: Partial<Predicted> = {}): Predicted => ({
  kind: 'predicted',
  value: 1.5,
  issuedAt: at,
  model: 'network',
  level: 0.9,
  leadTime: minutes(5),
  ...about,
});

describe('what the HPA is told', () => {
  test('a prediction, under its name and labels, with the moment it was issued', () => {
    const value = toMetricValue('predicted-cpu', 'cart', 'Deployment', aPrediction());
    expect(JSON.stringify(value)).toBe(
      '{"metricName":"predicted-cpu","metricLabels":{"component":"cart","kind":"Deployment","lead":"300s","model":"network","quantile":"0.90"},"timestamp":"2026-11-24T10:15:00Z","window":300,"value":"1500m"}',
    );
  });

  test('no kind where nobody has told one', () => {
    expect(
      toMetricValue('predicted-cpu', 'cart', undefined, aPrediction()).metricLabels,
    ).not.toHaveProperty('kind');
  });

  test.each([
    ['is rounded up to milli-units', 1.2341, '1235m'],
    ['below zero is served as zero', -3, '0'],
    ['too large for the HPA is clamped', 1e300, '9223372036854775807m'],
  ])('a prediction %s', (_, value, expected) => {
    expect(toMetricValue('m', 'cart', undefined, aPrediction({ value })).value).toBe(expected);
  });

  test.each([
    [0.5, '0.50'],
    [0.9, '0.90'],
    [0.925, '0.925'],
  ])('the level %d is labelled %s', (level, expected) => {
    const { metricLabels } = toMetricValue('m', 'cart', undefined, aPrediction({ level }));
    expect(metricLabels['quantile']).toBe(expected);
  });
});

describe('what is not a prediction is refused, so that the HPA holds still', () => {
  test.each<[string, Reading, string, string]>([
    [
      'a stale forecast',
      { kind: 'stale', issuedAt: at, age: minutes(400) },
      'FORECAST_STALE',
      'the forecast for component "cart" is stale',
    ],
    [
      'an unknown component',
      { kind: 'unknown' },
      'FORECAST_MISSING',
      'no forecast for component "cart" yet',
    ],
    [
      'a component that is only observed',
      { kind: 'observed', value: 2, observedAt: at },
      'FORECAST_MISSING',
      'no forecast for component "cart" yet',
    ],
    [
      'a model that gives no number',
      aPrediction({ value: Number.NaN }),
      'MODEL_FAILING',
      'the model for component "cart" is failing',
    ],
    [
      'a model that gives infinity',
      aPrediction({ value: Number.POSITIVE_INFINITY }),
      'MODEL_FAILING',
      'the model for component "cart" is failing',
    ],
  ])('%s', (_, reading, code, message) => {
    expect(() => predictedIn(reading, 'cart')).toThrow(expect.objectContaining({ code, message }));
  });

  test('the age stands beside the message, not in it', () => {
    expect(() => predictedIn({ kind: 'stale', issuedAt: at, age: minutes(400) }, 'cart')).toThrow(
      expect.objectContaining({
        details: { component: 'cart', cause: 'issued 2026-11-24T10:15:00Z' },
      }),
    );
  });
});
