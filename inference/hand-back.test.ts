import { expect, test } from 'vitest';
import type { FoundHpa } from '../domain/hpa.ts';
import { handBackOf } from './hand-back.ts';

const predicted = { type: 'External', external: { metric: { name: 'predicted-cpu' } } };
const queue = { type: 'External', external: { metric: { name: 'queue-length' } } };
const reactive = { type: 'Resource', resource: { name: 'cpu' } };

const anHpa = (metrics: readonly object[], about: Partial<FoundHpa> = {}): FoundHpa => ({
  namespace: 'shop',
  name: 'cart',
  uid: 'u',
  resourceVersion: '1',
  target: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart' },
  labels: { 'app.kubernetes.io/managed-by': 'self-scaling' },
  annotations: {},
  managers: ['self-scaling'],
  owners: [],
  spec: { metrics },
  conditions: [],
  ...about,
});

test('our metrics leave, all others stay in their order, and our labels go', () => {
  expect(handBackOf(anHpa([predicted, queue, reactive]))).toEqual({
    metrics: [queue, reactive],
    labels: ['app.kubernetes.io/managed-by', 'self-scaling.io/component'],
  });
});

test('an HPA that has nothing else to scale by stays too', () => {
  expect(handBackOf(anHpa([predicted]))?.metrics).toEqual([]);
});

test.each([
  ['without our label', { labels: {} }],
  ['without our manager', { managers: ['kubectl'] }],
])('an HPA %s is somebody else’s', (_, about) => {
  expect(handBackOf(anHpa([predicted, reactive], about))).toBeUndefined();
});
