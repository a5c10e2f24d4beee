import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { yamlOf } from './yaml.ts';

test('keys are sorted, lists stand under their key', () => {
  const list = {
    kind: 'ExternalMetricValueList',
    metadata: {},
    items: [
      { value: '1235m', metricLabels: { kind: 'Deployment', component: 'cart' }, window: 300 },
    ],
  };
  expect(yamlOf(list)).toBe(
    [
      'items:',
      '- metricLabels:',
      '    component: cart',
      '    kind: Deployment',
      '  value: "1235m"',
      '  window: 300',
      'kind: ExternalMetricValueList',
      'metadata: {}',
      '',
    ].join('\n'),
  );
});

describe('what is written is read as it was', () => {
  const { letrec, array, dictionary, oneof, string, integer, boolean, constant } = fc;
  const { value } = letrec((tie) => ({
    value: oneof(
      { maxDepth: 4 },
      string({ unit: 'grapheme' }),
      string({ unit: 'binary' }),
      integer(),
      boolean(),
      constant(null),
      array(tie('value'), { maxLength: 3 }),
      dictionary(string({ minLength: 1 }), tie('value'), { maxKeys: 3 }),
    ),
  }));

  test.each(['1.1', '1.2'] as const)('by YAML %s', (version) => {
    fc.assert(
      fc.property(value, (given) => {
        expect(parse(yamlOf(given), { version, uniqueKeys: false, merge: false })).toEqual(given);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    'no',
    'Off',
    'NULL',
    'y',
    '1e3',
    '0x1F',
    '1_000',
    '2026-11-24',
    '1:20',
    '',
    '~',
    '- a',
    'a: b',
    '# a',
    'x\u2028y',
    '\u0085',
    '\ufeff',
  ])('%j', (text) => {
    for (const version of ['1.1', '1.2'] as const) {
      expect(parse(yamlOf({ text }), { version })).toEqual({ text });
    }
  });
});
