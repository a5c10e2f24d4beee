import { refusal } from './errors.ts';
import { goQuoted } from './go-quoted.ts';
import { labelKeyDefects, labelValueDefects } from './label-syntax.ts';

export type Labels = Readonly<Record<string, string>>;

/** One condition of a label selector; `=`, `==` are `in` with one value, `!=` is `notin` with one. */
export type Requirement = {
  readonly key: string;
  readonly operator: 'in' | 'notin' | 'exists' | 'absent' | '>' | '<';
  /** Without doubles, sorted; none for `exists` and `absent`, one integer for `>` and `<`. */
  readonly values: readonly string[];
};

type Token = {
  readonly kind: 'word' | 'in' | 'notin' | 'symbol' | 'end';
  readonly text: string;
};

const END: Token = { kind: 'end', text: '' };
const SYMBOL = /==|!=|[=!(),><]/y;
const WORD = /[^\0=!(),>< \t\r\n]+/y;
const BLANK = /[ \t\r\n]*/y;
const BINARY = new Map<string, { operator: Requirement['operator']; exact: boolean }>([
  ['in', { operator: 'in', exact: false }],
  ['notin', { operator: 'notin', exact: false }],
  ['=', { operator: 'in', exact: true }],
  ['==', { operator: 'in', exact: true }],
  ['!=', { operator: 'notin', exact: true }],
  ['>', { operator: '>', exact: true }],
  ['<', { operator: '<', exact: true }],
]);
const SMALLEST = -(2n ** 63n);
const LARGEST = 2n ** 63n - 1n;
/** More than any HPA needs; one of 300,000 letters takes a quarter of a second, in which nobody is answered. */
const LONGEST = 16_384;

/**
 * Reads a label selector by the grammar of Kubernetes, sorted by key; the empty one has no requirement.
 *
 * @throws {SelfScalingError} `REQUEST_INVALID` with the words of Kubernetes.
 * @see kubernetes/apimachinery:pkg/labels/selector.go
 */
export function parseSelector(text: string): Requirement[] {
  if (text.length > LONGEST) throw bad(`the selector is longer than ${LONGEST} characters`);
  const tokens = tokensOf(text);
  const requirements: Requirement[] = [];
  while (!tokens.atEnd()) {
    if (!startsRequirement(tokens.peek())) {
      throw expected(tokens.peek(), "expected: !, identifier, or 'end of string'");
    }
    requirements.push(requirementIn(tokens));
    const after = tokens.take();
    if (after.kind === 'end') break;
    if (after.text !== ',') throw expected(after, "expected: ',' or 'end of string'");
    if (!startsRequirement(tokens.peek())) {
      throw expected(tokens.peek(), "expected: identifier after ','");
    }
  }
  return requirements.toSorted((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
}

/** Whether labels meet every requirement. */
export const matchesLabels = (requirements: readonly Requirement[], labels: Labels): boolean =>
  requirements.every((requirement) => meets(requirement, labels));

function meets({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'in':
      return value !== undefined && values.includes(value);
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case 'absent':
      return value === undefined;
    case '>':
    case '<':
      return compares(value, operator, values[0]);
    default:
      return operator satisfies never;
  }
}

function compares(value = '', operator: '>' | '<', bound = ''): boolean {
  const [left, right] = [int64(value), int64(bound)];
  if (left === undefined || right === undefined) return false;
  return operator === '>' ? left > right : left < right;
}

function int64(text: string): bigint | undefined {
  // Only what can be in range is made a number: a megabyte of digits would take its time.
  const { sign, digits } = /^(?<sign>[+-]?)0*(?<digits>\d{1,19})$/.exec(text)?.groups ?? {};
  if (digits === undefined) return undefined;
  const value = BigInt(`${sign === '-' ? '-' : ''}${digits}`);
  return value < SMALLEST || value > LARGEST ? undefined : value;
}

type Tokens = {
  peek(): Token;
  take(): Token;
  atEnd(): boolean;
  nextIs(...symbols: readonly string[]): boolean;
};

/** Cuts the text into tokens; as in Go, a NUL ends the text unless it ends a token. */
function tokensOf(text: string): Tokens {
  const found: Token[] = [];
  let at = 0;
  const read = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const [match = ''] = pattern.exec(text) ?? [];
    at += match.length;
    return match;
  };
  for (;;) {
    read(BLANK);
    const symbol = read(SYMBOL);
    const word = symbol === '' ? read(WORD) : '';
    if (symbol === '' && word === '') break;
    found.push(symbol === '' ? wordToken(word) : { kind: 'symbol', text: symbol });
    if (text[at] === '\0') at += 1;
  }
  let position = 0;
  const peek = (): Token => found[position] ?? END;
  return {
    peek,
    take() {
      const token = peek();
      position += 1;
      return token;
    },
    atEnd: () => peek().kind === 'end',
    nextIs: (...symbols) => symbols.includes(peek().text),
  };
}

const wordToken = (text: string): Token => ({
  kind: text === 'in' || text === 'notin' ? text : 'word',
  text,
});

/** `in` and `notin` are words but where an operator stands: `in in (in)` is legal. */
const isWord = ({ kind }: Token): boolean => kind === 'word' || kind === 'in' || kind === 'notin';
const startsRequirement = (token: Token): boolean => isWord(token) || token.text === '!';

const bad = (message: string): Error => refusal('REQUEST_INVALID', message);
const badRequirement = (message: string): Error => bad(`unable to parse requirement: ${message}`);
const expected = (token: Token, what: string): Error => bad(`found '${token.text}', ${what}`);
const expectedInside = (token: Token, what: string): Error =>
  badRequirement(`found '${token.text}'${what}`);

function requirementIn(tokens: Tokens): Requirement {
  const negated = tokens.nextIs('!');
  if (negated) tokens.take();
  const word = tokens.take();
  if (!isWord(word)) throw expectedInside(word, ', expected: identifier');
  const key = word.text;
  const keyDefects = labelKeyDefects(key);
  if (keyDefects.length > 0) throw badRequirement(invalid('<nil>', key, keyDefects.join('; ')));
  if (negated) return { key, operator: 'absent', values: [] };
  if (tokens.atEnd() || tokens.nextIs(',')) return { key, operator: 'exists', values: [] };
  const { operator, exact } = operatorIn(tokens);
  const values = [...new Set(exact ? [exactValueIn(tokens)] : valuesIn(tokens))].toSorted();
  return checked({ key, operator, values });
}

function operatorIn(tokens: Tokens): { operator: Requirement['operator']; exact: boolean } {
  const token = tokens.take();
  const found = token.kind === 'word' ? undefined : BINARY.get(token.text);
  if (found !== undefined) return found;
  throw expectedInside(token, ', expected: in, notin, =, ==, !=, gt, lt');
}

function exactValueIn(tokens: Tokens): string {
  if (tokens.atEnd() || tokens.nextIs(',')) return '';
  const token = tokens.take();
  if (isWord(token)) return token.text;
  throw expectedInside(token, ', expected: identifier');
}

function valuesIn(tokens: Tokens): string[] {
  const open = tokens.take();
  if (open.text !== '(') throw expectedInside(open, " expected: '('");
  const first = tokens.peek();
  if (first.text === ')') {
    tokens.take();
    return [''];
  }
  if (!isWord(first) && first.text !== ',') {
    throw expectedInside(first, ", expected: ',', ')' or identifier");
  }
  const values = listIn(tokens);
  const close = tokens.take();
  if (close.text === ')') return values;
  throw expectedInside(first, ", expected: ')'");
}

/** `a,,b` and `(a,)` hold an empty value too. */
function listIn(tokens: Tokens): string[] {
  const values: string[] = [];
  for (;;) {
    const token = tokens.take();
    if (isWord(token)) {
      values.push(token.text);
      if (tokens.nextIs(')')) return values;
      if (!tokens.nextIs(',')) throw expectedInside(tokens.peek(), ", expected: ',' or ')'");
    } else if (token.text === ',') {
      if (values.length === 0 || tokens.nextIs(')', ',')) values.push('');
      if (tokens.nextIs(')')) return values;
      if (tokens.nextIs(',')) tokens.take();
    } else {
      throw expectedInside(token, ", expected: ',', or identifier");
    }
  }
}

const invalid = (field: string, value: string, why: string): string =>
  `${field}: Invalid value: ${goQuoted(value)}: ${why}`;

function checked(requirement: Requirement): Requirement {
  const { key, operator, values } = requirement;
  const compared = operator === '>' || operator === '<';
  const defects = [
    ...values.flatMap((value, index) =>
      compared && int64(value) === undefined
        ? [
            invalid(
              `values[${index}]`,
              value,
              "for 'Gt', 'Lt' operators, the value must be an integer",
            ),
          ]
        : [],
    ),
    ...values.flatMap((value, index) => {
      const why = labelValueDefects(value);
      return why.length === 0 ? [] : [invalid(`values[${index}][${key}]`, value, why.join('; '))];
    }),
  ];
  if (defects.length === 0) return requirement;
  const [only = ''] = defects;
  throw badRequirement(defects.length === 1 ? only : `[${defects.join(', ')}]`);
}
