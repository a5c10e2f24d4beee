import { expect, test } from 'vitest';
import { toFoundHpa } from './found-hpa.ts';

/** Ours by apply, with the bounds that `entries` of other managers own too. */
const owned = (...entries: readonly unknown[]) =>
  toFoundHpa({
    metadata: {
      name: 'cart',
      namespace: 'shop',
      uid: 'u-1',
      resourceVersion: '42',
      managedFields: [
        entry('self-scaling', { 'f:minReplicas': {}, 'f:maxReplicas': {}, 'f:metrics': {} }),
        ...entries,
      ],
    },
    spec: { scaleTargetRef: { kind: 'Deployment', name: 'cart' }, minReplicas: 2, maxReplicas: 8 },
  })?.foreignBounds;
const entry = (manager: string, fields: object, about: object = {}) => ({
  manager,
  operation: 'Update',
  apiVersion: 'autoscaling/v2',
  fieldsType: 'FieldsV1',
  fieldsV1: { 'f:spec': fields },
  ...about,
});

test.each([
  ['nobody else', [], []],
  ['a person the maximum', [entry('kubectl-edit', { 'f:maxReplicas': {} })], ['maxReplicas']],
  [
    'two persons one bound each',
    [entry('kubectl-edit', { 'f:maxReplicas': {} }), entry('helm', { 'f:minReplicas': {} })],
    ['minReplicas', 'maxReplicas'],
  ],
  [
    'two persons the same bound',
    [entry('kubectl-edit', { 'f:maxReplicas': {} }), entry('helm', { 'f:maxReplicas': {} })],
    ['maxReplicas'],
  ],
  ['somebody else the metrics', [entry('kubectl-edit', { 'f:metrics': {} })], []],
  ['an older update of our own', [entry('self-scaling', { 'f:maxReplicas': {} })], []],
  ['a subresource', [entry('x', { 'f:maxReplicas': {} }, { subresource: 'status' })], []],
  [
    'a manager without a name',
    [entry('', { 'f:maxReplicas': {} }, { subresource: '' })],
    ['maxReplicas'],
  ],
  ['an entry of no shape', [null, 'x', 7, {}, { manager: 'x', fieldsV1: { 'f:spec': 'x' } }], []],
])('besides us %s owns bounds', (_, entries, bounds) => {
  expect(owned(...entries)).toEqual(bounds);
});
