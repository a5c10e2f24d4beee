import { expect, test } from 'vitest';
import { toPod } from './pod.ts';

const pod = (status: object, about: object = {}) => ({
  metadata: { name: 'cart-1', namespace: 'shop', ...about },
  status,
});
const running = { containerStatuses: [{ state: { running: { startedAt: 'x' } } }] };
const waiting = { containerStatuses: [{ state: { waiting: { reason: 'ImagePullBackOff' } } }] };

test.each([
  ['Running', pod({ phase: 'Running' }), { runs: true, goes: false }],
  ['Pending: it waits for a node', pod({ phase: 'Pending' }), { runs: false, goes: false }],
  ['Pending: it pulls', pod({ phase: 'Pending', ...waiting }), { runs: false, goes: false }],
  [
    'Pending: one container runs',
    pod({ phase: 'Pending', ...running }),
    { runs: true, goes: false },
  ],
  ['Succeeded', pod({ phase: 'Succeeded' }), { runs: false, goes: true }],
  ['Failed', pod({ phase: 'Failed' }), { runs: false, goes: true }],
  [
    'Running, being deleted',
    pod({ phase: 'Running' }, { deletionTimestamp: '2026-11-24T10:00:00Z' }),
    { runs: true, goes: true },
  ],
  ['no status yet', pod({}), { runs: false, goes: false }],
])('%s', (_, object, expected) => {
  expect(toPod(object)).toMatchObject(expected);
});

test('its owner is the one that controls it, not any owner', () => {
  const ownerReferences = [
    { kind: 'Something', uid: 'u-1' },
    { kind: 'ReplicaSet', uid: 'u-2', controller: true },
  ];

  expect(toPod(pod({}, { ownerReferences }))?.ownerUid).toBe('u-2');
});
