import { describe, expect, test } from 'vitest';
import { prometheusLines } from './prometheus-json.ts';
import { workloadOfPod } from './workload-of-pod.ts';

const answer = (
  ...series: readonly (readonly [Record<string, string>, readonly unknown[]])[]
): string =>
  JSON.stringify({
    status: 'success',
    data: { resultType: 'matrix', result: series.map(([metric, values]) => ({ metric, values })) },
  });
const CART = { namespace: 'shop', workload: 'cart' };
const lines = (cpu: string, memory: string, label = 'workload') => [
  ...prometheusLines({ cpu, memory }, label),
];

test('series of one component are added up, and lie beside its memory', () => {
  const cpu = answer(
    [
      { ...CART, pod: 'a' },
      [
        [60, '1.5'],
        [120, '2'],
      ],
    ],
    [{ ...CART, pod: 'b' }, [[60, '0.5']]],
  );
  expect(lines(cpu, answer([CART, [[60, '100']]]))).toEqual([
    'timestamp,namespace,component,cpu_cores,memory_bytes',
    '60000,shop,cart,2,100',
    '120000,shop,cart,2,',
  ]);
});

test('what is no number is a gap', () => {
  expect(
    lines(
      answer([
        CART,
        [
          [60, 'NaN'],
          [120, '+Inf'],
          [180, '1'],
        ],
      ]),
      answer(),
    ).slice(1),
  ).toEqual(['180000,shop,cart,1,']);
});

describe('is refused, with what to do', () => {
  const good = answer([CART, [[60, '1']]]);
  test.each([
    ['a text', 'not JSON', 'cpu: is no answer of Prometheus that succeeded'],
    ['an error', '{"status":"error"}', 'cpu: is no answer of Prometheus that succeeded'],
    [
      'an instant',
      '{"status":"success","data":{"resultType":"vector"}}',
      'cpu: is no answer to a range',
    ],
    ['other labels', answer([{ namespace: 'shop' }, [[60, '1']]]), 'or name another with --label'],
  ])('%s', (_, cpu, message) => {
    expect(() => lines(cpu, good)).toThrow(message);
  });
});

test.each([
  ['cart-7d9f8c6b5d-x2x4z', 'cart'],
  ['cart-blue-6b5d-2xk9z', 'cart-blue'],
  ['db-0', 'db'],
  ['db-12', 'db'],
  ['lonely', 'lonely'],
  ['a-name-of-words', 'a-name-of-words'],
])('the pod %s is of %s', (pod, workload) => {
  expect(workloadOfPod(pod)).toBe(workload);
});
