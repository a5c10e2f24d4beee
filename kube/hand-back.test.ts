import { expect, test } from 'vitest';
import type { FoundHpa } from '../domain/hpa.ts';
import { fakeKube } from './fake-kube.ts';
import { handBackHpa } from './hand-back.ts';

const { signal } = new AbortController();
const found: FoundHpa = {
  namespace: 'shop',
  name: 'cart',
  uid: 'u',
  resourceVersion: '7',
  target: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart' },
  labels: {},
  annotations: {},
  managers: ['self-scaling'],
  owners: [],
  spec: {},
  conditions: [],
};
const change = { metrics: [{ type: 'Resource' }], labels: ['ours'] };
const managed = (...managers: readonly string[]) => ({
  metadata: { resourceVersion: '8', managedFields: managers.map((manager) => ({ manager })) },
});

test('first what it says, then who owns it; each only of the object that was seen', async () => {
  const { kube, asked } = fakeKube({}, () => managed('self-scaling', 'kube-controller-manager'));
  await handBackHpa(kube, found, change, signal);
  expect(asked.map(({ body }) => body)).toEqual([
    {
      metadata: { uid: 'u', resourceVersion: '7', labels: { ours: null } },
      spec: { metrics: [{ type: 'Resource' }] },
    },
    {
      metadata: {
        uid: 'u',
        resourceVersion: '8',
        managedFields: [{ manager: 'kube-controller-manager' }],
      },
    },
  ]);
});

test('where nobody else owns anything, nobody does', async () => {
  const { kube, asked } = fakeKube({}, () => managed('self-scaling'));
  await handBackHpa(kube, found, change, signal);
  expect(asked.at(-1)?.body).toMatchObject({ metadata: { managedFields: [{}] } });
});
