const NAME = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const VALUE = `(${NAME})?`;
const DNS_LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${DNS_LABEL}(\\.${DNS_LABEL})*`;
const NAME_PATTERN = new RegExp(`^${NAME}$`);
const VALUE_PATTERN = new RegExp(`^${VALUE}$`);
const SUBDOMAIN_PATTERN = new RegExp(`^${SUBDOMAIN}$`);
const LONGEST_NAME = 63;
const LONGEST_SUBDOMAIN = 253;

const nameRule =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character " +
  `(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${NAME}')`;
const valueRule =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character " +
  `(e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '${VALUE}')`;
const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character " +
  `(e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`;

/**
 * What is wrong with a label key, in the words of Kubernetes; nothing when it is one.
 * @see kubernetes/apimachinery:pkg/api/validate/content/kube.go
 */
export function labelKeyDefects(key: string): string[] {
  const parts = key.split('/');
  if (parts.length > 2) {
    return [
      `a valid label key ${nameRule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? parts[0] : undefined;
  return [
    ...(prefix === undefined ? [] : prefixDefects(prefix)).map((defect) => `prefix part ${defect}`),
    ...nameDefects(name).map((defect) => `name part ${defect}`),
  ];
}

/** What is wrong with a label value; the empty value is one. */
export function labelValueDefects(value: string): string[] {
  return [...tooLong(value, LONGEST_NAME), ...(VALUE_PATTERN.test(value) ? [] : [valueRule])];
}

function prefixDefects(prefix: string): string[] {
  if (prefix === '') return ['must be non-empty'];
  return [
    ...tooLong(prefix, LONGEST_SUBDOMAIN),
    ...(SUBDOMAIN_PATTERN.test(prefix) ? [] : [subdomainRule]),
  ];
}

const nameDefects = (name: string): string[] => [
  ...(name === '' ? ['must be non-empty'] : tooLong(name, LONGEST_NAME)),
  ...(NAME_PATTERN.test(name) ? [] : [nameRule]),
];

const tooLong = (text: string, limit: number): string[] =>
  new TextEncoder().encode(text).length > limit ? [`must be no more than ${limit} bytes`] : [];
