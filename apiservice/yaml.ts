/** Whatever JSON can hold. */
type Json = unknown;

/** Nothing that a reader of YAML 1.1 or 1.2 could take for a number, a moment, a truth or nothing. */
const PLAIN = /^[A-Za-z][A-Za-z0-9./_-]*$/;
const WORDS = /^(?:y|n|yes|no|on|off|true|false|null)$/i;
const STEP = '  ';

/** A value as YAML, as Kubernetes has it: keys sorted, lists not indented, a newline at the end. */
export const yamlOf = (value: Json): string =>
  isNested(value) ? linesOf(value, '') : `${scalarOf(value)}\n`;

const isObject = (value: Json): value is Readonly<Record<string, Json>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether it takes lines of its own. */
const isNested = (value: Json): value is object =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0;

function linesOf(value: object, indent: string): string {
  if (Array.isArray(value)) return value.map((item) => itemOf(item, indent)).join('');
  if (!isObject(value)) return '';
  return Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .toSorted()
    .map((key) => `${indent}${textOf(key)}:${memberOf(value[key], indent)}`)
    .join('');
}

function memberOf(value: Json, indent: string): string {
  if (!isNested(value)) return ` ${scalarOf(value)}\n`;
  return `\n${linesOf(value, Array.isArray(value) ? indent : indent + STEP)}`;
}

/** The first line of what is inside stands beside the dash. */
function itemOf(value: Json, indent: string): string {
  if (!isNested(value)) return `${indent}- ${scalarOf(value)}\n`;
  const inside = linesOf(value, indent + STEP);
  return `${indent}- ${inside.slice(indent.length + STEP.length)}`;
}

function scalarOf(value: Json): string {
  if (typeof value === 'string') return textOf(value);
  return JSON.stringify(value) ?? 'null';
}

/** A text in quotes is the same text in JSON and in YAML, but for a character that YAML has no place for. */
const textOf = (text: string): string =>
  PLAIN.test(text) && !WORDS.test(text)
    ? text
    : JSON.stringify(text.toWellFormed()).replaceAll(
        /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
        escaped,
      );

const escaped = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
