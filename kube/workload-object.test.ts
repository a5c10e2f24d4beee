import { expect, test } from 'vitest';
import { managedLabelOf, toWorkload } from './workload-object.ts';

const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'Deployment' };
const cart = (about: object = {}, spec: object = { replicas: 3 }, status: object = {}) => ({
  metadata: { name: 'cart', namespace: 'shop', uid: 'u-cart', ...about },
  spec: {
    ...spec,
    template: {
      spec: {
        containers: [{ name: 'main', resources: { requests: { cpu: '500m', memory: '1Gi' } } }],
      },
    },
  },
  status,
});

test('a Deployment becomes a workload', () => {
  const annotations = {
    'self-scaling.io/max': '9',
    'kubectl.kubernetes.io/last-applied-configuration': '{"long":true}',
  };
  const object = cart({ annotations }, { replicas: 3 }, { readyReplicas: 2 });

  expect(toWorkload(object, DEPLOYMENT)).toEqual({
    key: { namespace: 'shop', component: 'cart' },
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    uid: 'u-cart',
    annotations: { 'self-scaling.io/max': '9' },
    replicas: 3,
    replicasReady: 2,
    requests: { cpu: 0.5, memory: 2 ** 30, missing: [] },
  });
});

test('one scaled to zero wants none; one that says nothing wants one', () => {
  expect(toWorkload(cart({}, { replicas: 0 }), DEPLOYMENT)?.replicas).toBe(0);
  expect(toWorkload(cart({}, {}), DEPLOYMENT)?.replicas).toBe(1);
});

test('a custom kind is named by its objects', () => {
  const rollout = { ...cart(), kind: 'Rollout' };

  expect(toWorkload(rollout, { apiVersion: 'argoproj.io/v1alpha1' })).toMatchObject({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
  });
});

test.each([
  ['nothing', undefined],
  ['a text', 'cart'],
  ['an object without metadata', {}],
  ['an object without a namespace', { metadata: { name: 'cart', uid: 'u' } }],
  ['an object without a uid', { metadata: { name: 'cart', namespace: 'shop' } }],
])('%s is no workload', (_, object) => {
  expect(toWorkload(object, DEPLOYMENT)).toBeUndefined();
});

test.each([
  ['true', true],
  ['false', false],
  ['yes', undefined],
  ['True', undefined],
  ['', undefined],
])('the label self-scaling.io/managed: "%s" says %s', (value, says) => {
  const labels = { 'self-scaling.io/managed': value };

  expect(managedLabelOf({ metadata: { labels } })).toBe(says);
});
