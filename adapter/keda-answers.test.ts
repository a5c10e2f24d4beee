import { describe, expect, test } from 'vitest';
import {
  forecastMissing,
  forecastStale,
  refusal,
  type SelfScalingError,
} from '../domain/errors.ts';
import { toQuantity } from '../domain/quantity.ts';
import { TEN } from '../test/builders.ts';
import { kedaAnswers } from './keda-answers.ts';
import type { TriggerMetadata } from './keda-trigger.ts';

/** Answers every question with one forecast, or refuses it; keeps what was asked. */
function asking(said: number | SelfScalingError, metadata: TriggerMetadata = {}) {
  const selectors: string[] = [];
  const answers = kedaAnswers(
    {
      answer(namespace, metricName, labelSelector) {
        selectors.push(`${namespace} ${metricName} ${labelSelector}`);
        if (typeof said !== 'number') throw said;
        return [
          { metricName, metricLabels: {}, timestamp: '', window: 300, value: toQuantity(said) },
        ];
      },
    },
    () => TEN,
  );
  const scalerMetadata = { component: 'cart', target: '375m', ...metadata };
  return { answers, selectors, ref: { namespace: 'shop', scalerMetadata } };
}

const stale = forecastStale('cart', 'issued long ago');
const cold = forecastMissing('cart');
const failing = refusal('MODEL_FAILING', 'the model for component "cart" is failing');

describe('the metric', () => {
  test('is exact, and for clients of old the next whole number', () => {
    const { answers, ref } = asking(1.2345);
    expect(answers.metric(ref, 'predicted-cpu').value).toEqual({ exact: 1.235, whole: 2 });
  });

  test('is 0 in both numbers when a fresh forecast says so', () => {
    const { answers, ref } = asking(0);
    expect(answers.metric(ref, 'predicted-cpu').value).toEqual({ exact: 0, whole: 0 });
  });

  test('asks what the metrics API would be asked', () => {
    const { answers, ref, selectors } = asking(1, {
      resource: 'memory',
      quantile: '0.95',
      lead: '600s',
      kind: 'StatefulSet',
      revision: '7',
      scalerAddress: 'self-scaling-adapter-keda.self-scaling.svc:6000',
      enableTLS: 'true',
      passwordFromEnv: 'x',
    });
    answers.metric(ref, 'predicted-memory');
    expect(selectors).toEqual([
      'shop predicted-memory component=cart,kind=StatefulSet,lead=600s,quantile=0.95',
    ]);
  });

  test.each([
    ['stale', stale],
    ['unknown', cold],
    ['failing', failing],
  ])('is refused while the forecast is %s, never a number', (_, error) => {
    const { answers, ref } = asking(error);
    expect(() => answers.metric(ref, 'predicted-cpu')).toThrow(error);
  });

  test.each<[string, TriggerMetadata, string]>([
    ['no component', { component: '' }, 'component must name the workload'],
    ['a target of nothing', { target: '0' }, 'target must be a quantity'],
    ['no target', { target: '' }, 'target must be a quantity'],
    ['a negative target', { target: '-1' }, 'target must be a quantity'],
    ['another resource', { resource: 'disk' }, 'resource must be cpu or memory'],
    ['a key nobody knows', { colour: 'red' }, 'unknown key "colour"'],
    ['a component that is a selector', { component: 'cart,team=x' }, 'component is no value'],
    ['half a yes', { scaleToZero: 'yes' }, 'scaleToZero must be'],
  ])('is refused for a trigger with %s', (_, metadata, message) => {
    const { answers, ref } = asking(1, metadata);
    expect(() => answers.metric(ref, 'predicted-cpu')).toThrow(message);
    expect(answers.isActive(ref)).toBe(true);
  });

  test('is refused under another name than the trigger’s', () => {
    const { answers, ref } = asking(1);
    expect(() => answers.metric(ref, 'predicted-memory')).toThrow('has the metric predicted-cpu');
  });
});

describe('the specification', () => {
  test.each<[string, number | SelfScalingError, TriggerMetadata, object]>([
    ['a fresh forecast', 1, {}, { exact: 0.375, whole: 1 }],
    ['a stale one', stale, {}, { exact: 0.375, whole: 1 }],
    [
      'memory',
      cold,
      { resource: 'memory', target: '409Mi' },
      { exact: 428867584, whole: 428867584 },
    ],
    ['a target that is none', 1, { target: 'much' }, { exact: 1, whole: 1 }],
    ['a key nobody knows', 1, { colour: 'red' }, { exact: 0.375, whole: 1 }],
  ])('is given for %s', (_, said, metadata, target) => {
    const { answers, ref, selectors } = asking(said, metadata);
    expect(answers.metricSpec(ref).target).toEqual(target);
    expect(selectors).toEqual([]);
  });
});

describe('a workload is active', () => {
  test.each<[string, boolean, number | SelfScalingError, TriggerMetadata]>([
    ['while a forecast is above 0', true, 0.1, { scaleToZero: 'true' }],
    ['while its forecast is stale', true, stale, { scaleToZero: 'true' }],
    ['while nothing is known', true, cold, { scaleToZero: 'true' }],
    ['at a fresh 0, unless it may scale to zero', true, 0, {}],
    ['but not at a fresh 0 when it may', false, 0, { scaleToZero: 'true' }],
  ])('%s', (_, isActive, said, metadata) => {
    const { answers, ref } = asking(said, metadata);
    expect(answers.isActive(ref)).toBe(isActive);
  });

  test('a bug is no yes', () => {
    const answers = kedaAnswers(
      {
        answer() {
          throw new TypeError('a bug');
        },
      },
      () => TEN,
    );
    const scalerMetadata = { component: 'cart', target: '1', scaleToZero: 'true' };
    expect(() => answers.isActive({ namespace: 'shop', scalerMetadata })).toThrow('a bug');
  });
});
