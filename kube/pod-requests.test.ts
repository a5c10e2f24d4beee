import { expect, test } from 'vitest';
import { podRequests } from './pod-requests.ts';

const container = (name: string, requests?: object, limits?: object, about: object = {}) => ({
  name,
  resources: { requests, limits },
  ...about,
});
const main = container('main', { cpu: '250m', memory: '128Mi' });
const MAIN = { cpu: 0.25, memory: 128 * 2 ** 20, missing: [] };

test.each([
  ['a container', { containers: [main] }, MAIN],
  [
    'several containers are summed',
    { containers: [main, container('log', { cpu: '1', memory: '1Gi' })] },
    { cpu: 1.25, memory: 1152 * 2 ** 20, missing: [] },
  ],
  [
    'an init container that ends does not count',
    { containers: [main], initContainers: [container('migrate', { cpu: '4', memory: '8Gi' })] },
    MAIN,
  ],
  [
    'an init container that keeps running counts',
    {
      containers: [main],
      initContainers: [
        container('proxy', { cpu: '250m', memory: '128Mi' }, {}, { restartPolicy: 'Always' }),
      ],
    },
    { cpu: 0.5, memory: 256 * 2 ** 20, missing: [] },
  ],
  [
    'one container without a request leaves the sum unknown and is named',
    { containers: [main, container('sidecar', { cpu: '10m' })] },
    { cpu: 0.26, missing: [{ container: 'sidecar', resource: 'memory' }] },
  ],
  [
    'a running init container without a request too',
    {
      containers: [main],
      initContainers: [container('proxy', {}, {}, { restartPolicy: 'Always' })],
    },
    {
      missing: [
        { container: 'proxy', resource: 'cpu' },
        { container: 'proxy', resource: 'memory' },
      ],
    },
  ],
  [
    'a limit stands for a request that is not named',
    { containers: [container('main', undefined, { cpu: '250m', memory: '128Mi' })] },
    MAIN,
  ],
  [
    'a request of nothing beside another counts as nothing',
    { containers: [main, container('idle', { cpu: '0', memory: '0' })] },
    MAIN,
  ],
  [
    'requests of nothing alone are missing: nothing can be divided by them',
    { containers: [container('main', { cpu: '0', memory: '128Mi' })] },
    { memory: 128 * 2 ** 20, missing: [{ container: 'main', resource: 'cpu' }] },
  ],
  [
    'a request for the whole pod comes before those of its containers',
    { containers: [container('main')], resources: { requests: { cpu: '250m', memory: '128Mi' } } },
    MAIN,
  ],
  ['no containers: nothing is known, nothing is missing', {}, { missing: [] }],
  ['no pod template', undefined, { missing: [] }],
])('%s', (_, podSpec, expected) => {
  expect(podRequests(podSpec)).toEqual(expected);
});
