import { expect, test } from 'vitest';
import type { Reading } from '../domain/reading.ts';
import { minutes } from '../domain/units.ts';
import { cart, TEN } from '../test/builders.ts';
import { externalMetrics } from './provider.ts';

const failing: Reading = {
  kind: 'failing',
  issuedAt: TEN,
  model: 'network',
  since: TEN,
  skill: -0.25,
};
const fine: Reading = {
  kind: 'predicted',
  value: 1,
  issuedAt: TEN,
  model: 'network',
  level: 0.9,
  leadTime: minutes(5),
};
const provider = externalMetrics({
  current: () => ({
    at: TEN,
    facts: () => ({
      key: cart,
      kind: 'Deployment',
      otherKinds: [],
      level: 0.9,
      leadTime: minutes(5),
      capacity: { cpu: 1, memory: 1 },
    }),
    issue: () => undefined,
    read: ({ resource }) => (resource === 'cpu' ? failing : fine),
  }),
});
const ask = (metric: string) => provider.answer('shop', metric, 'component=cart', TEN);

test.each(['predicted-cpu', 'predicted-replicas'])(
  'of a forecast that does worse than the naive rule %s is refused: an HPA then holds its replicas',
  (metric) => {
    expect(() => ask(metric)).toThrow(
      expect.objectContaining({
        code: 'MODEL_FAILING',
        message: 'the model for component "cart" is failing',
      }),
    );
  },
);

test('the other resource is served as ever', () => {
  expect(ask('predicted-memory')).toMatchObject([{ value: '1' }]);
});
