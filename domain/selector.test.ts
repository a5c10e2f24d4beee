import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isRefusal } from './errors.ts';
import { matchesLabels, parseSelector, type Requirement } from './selector.ts';

const messageOf = (text: string): string => {
  try {
    parseSelector(text);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'accepted';
};

describe('the grammar, as Kubernetes 1.36 reads it', () => {
  const requirement = (
    key: string,
    operator: Requirement['operator'],
    ...values: string[]
  ): Requirement => ({ key, operator, values });

  test.each<[string, Requirement[]]>([
    ['', []],
    ['   ', []],
    ['component=cart', [requirement('component', 'in', 'cart')]],
    ['component == cart', [requirement('component', 'in', 'cart')]],
    ['component!=cart', [requirement('component', 'notin', 'cart')]],
    ['component in (b,a,b)', [requirement('component', 'in', 'a', 'b')]],
    ['component', [requirement('component', 'exists')]],
    ['!component', [requirement('component', 'absent')]],
    ['a=', [requirement('a', 'in', '')]],
    ['a in ()', [requirement('a', 'in', '')]],
    ['a in (x,)', [requirement('a', 'in', '', 'x')]],
    ['a in (,x)', [requirement('a', 'in', '', 'x')]],
    ['in in (in)', [requirement('in', 'in', 'in')]],
    ['end', [requirement('end', 'exists')]],
    ['a>1', [requirement('a', '>', '1')]],
    ['b,a', [requirement('a', 'exists'), requirement('b', 'exists')]],
    ['example.com/name notin (x)', [requirement('example.com/name', 'notin', 'x')]],
  ])('%j', (text, expected) => {
    expect(parseSelector(text)).toEqual(expected);
  });

  const NAME =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
  const VALUE =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
  const long = 'a'.repeat(64);

  /** Each message was printed by k8s.io/apimachinery v0.36.3. */
  test.each([
    [',', "found ',', expected: !, identifier, or 'end of string'"],
    ['a=b,', "found '', expected: identifier after ','"],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    ['!a=b', "found '=', expected: ',' or 'end of string'"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['a in (', "unable to parse requirement: found '', expected: ',', ')' or identifier"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a=(', "unable to parse requirement: found '(', expected: identifier"],
    ['!', "unable to parse requirement: found '', expected: identifier"],
    [
      'a>b',
      `unable to parse requirement: values[0]: Invalid value: "b": for 'Gt', 'Lt' operators, the value must be an integer`,
    ],
    ['-a', `unable to parse requirement: <nil>: Invalid value: "-a": name part ${NAME}`],
    ['a=x/y', `unable to parse requirement: values[0][a]: Invalid value: "x/y": ${VALUE}`],
    [
      `a=${long}`,
      `unable to parse requirement: values[0][a]: Invalid value: "${long}": must be no more than 63 bytes`,
    ],
    [
      'a in (-,_)',
      `unable to parse requirement: [values[0][a]: Invalid value: "-": ${VALUE}, values[1][a]: Invalid value: "_": ${VALUE}]`,
    ],
    [
      '/a',
      `unable to parse requirement: <nil>: Invalid value: "/a": prefix part must be non-empty`,
    ],
  ])('%j is refused', (text, expected) => {
    expect(messageOf(text)).toBe(expected);
  });
});

describe('matching', () => {
  test.each([
    ['a!=x', {}, true],
    ['a notin (x)', {}, true],
    ['a in ()', { a: '' }, true],
    ['a', { a: '' }, true],
    ['!a', {}, true],
    ['a>1', { a: '2' }, true],
    ['a>1', { a: 'two' }, false],
    ['a>1', {}, false],
    ['a<9223372036854775807', { a: '9223372036854775806' }, true],
    ['toString', {}, false],
  ])('%j of %j: %s', (text, labels, expected) => {
    expect(matchesLabels(parseSelector(text), labels)).toBe(expected);
  });

  const name = fc.constantFrom('a', 'b', 'c');
  const value = fc.constantFrom('', 'x', 'y', '1');
  const labels = fc.dictionary(name, value);
  const list = fc.subarray(['x', 'y', '1']).map((values) => values.join(','));
  const pair = fc.oneof(
    fc.tuple(name, value).map(([k, v]) => [`${k}=${v}`, `${k}!=${v}`]),
    fc.tuple(name, list).map(([k, vs]) => [`${k} in (${vs})`, `${k} notin (${vs})`]),
    name.map((k) => [k, `!${k}`]),
  );

  test('a selector and its negation divide the label sets', () => {
    fc.assert(
      fc.property(pair, labels, ([one = '', other = ''], set) => {
        expect(matchesLabels(parseSelector(one), set)).toBe(
          !matchesLabels(parseSelector(other), set),
        );
      }),
    );
  });

  test('a list of requirements is met when each of them is', () => {
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 4 }), labels, (pairs, set) => {
        const texts = pairs.map(([one = '']) => one);
        expect(matchesLabels(parseSelector(texts.join(',')), set)).toBe(
          texts.every((text) => matchesLabels(parseSelector(text), set)),
        );
      }),
    );
  });

  test('whatever is sent is read or refused, never anything else', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(outcomeOf(text)).toMatch(/^(read|REQUEST_INVALID)$/);
      }),
    );
  });
});

const outcomeOf = (text: string): string => {
  try {
    parseSelector(text);
    return 'read';
  } catch (error) {
    return isRefusal(error) ? error.code : 'a bug';
  }
};

test('one that would take long to read is refused before it is read', () => {
  const told = 'the selector is longer than 16384 characters';
  expect(() => parseSelector('a=b,'.repeat(75_000))).toThrow(told);
  expect(() => parseSelector(`a,${'b'.repeat(16_383)}`)).toThrow(told);
  expect(parseSelector(`${'a,'.repeat(8191)}a`)).toHaveLength(8192);
});
