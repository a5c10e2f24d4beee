import type { Random } from '../../domain/random.ts';
import { callers, D } from './fixture.ts';
import { CART, P, PROTOBUF, S, V2, V2BETA1, YAML } from './row.ts';

/** One request as it goes over the wire, and what must be known to read its answer. */
export type Fuzzed = { readonly text: string; readonly method: string };

const KNOWN_PATHS = [
  CART,
  `${P}predicted-cpu`,
  `${P}predicted-memory`,
  `${P}predicted-replicas`,
  D,
  '/apis',
  '/apis/external.metrics.k8s.io',
  '/openapi/v2',
  '/openapi/v3',
  `/openapi/v3${D}?hash=ABC`,
  '/healthz',
  '/livez?verbose',
  '/readyz?exclude=ping&verbose',
  '/readyz/ping',
  '/metrics',
  '/version',
  '/',
];
const SEGMENTS = [
  'apis',
  'external.metrics.k8s.io',
  'v1beta1',
  'namespaces',
  'shop',
  'predicted-cpu',
  'status',
  '',
  '.',
  '..',
  '%2F',
  '%2f',
  '%zz',
  '%',
  '%00',
  '%ff',
  '%C3%A4',
  '%252F',
  ':',
  '|',
  ';',
  '~',
  '__proto__',
  'constructor',
  'toString',
  'x'.repeat(300),
  'openapi',
  'livez',
  'metrics',
];
const SELECTOR_PARTS = [
  'component',
  'kind',
  'quantile',
  'lead',
  'model',
  'team',
  'a.b/c',
  '-a',
  'in',
  'notin',
  'cart',
  'old',
  'new',
  'bad',
  'twin',
  'Deployment',
  '0.95',
  '2',
  '600s',
  '-1',
  '1e9',
  'NaN',
  '=',
  '==',
  '!=',
  '!',
  '>',
  '<',
  ',',
  '(',
  ')',
  ' in ',
  ' notin ',
  ' ',
  '\t',
  '\0',
  '__proto__',
  '9223372036854775807',
  '99999999999999999999',
  'x'.repeat(64),
  'ä',
  '😀',
  '"',
  '\\',
  '%',
];
const OPTIONS = [
  'labelSelector',
  'fieldSelector',
  'limit',
  'continue',
  'resourceVersion',
  'watch',
  'timeout',
  'resourceVersionMatch',
  'timeoutSeconds',
  'pretty',
  'verbose',
  'exclude',
  'hash',
  '',
  'nobody',
];
const VALUES = [
  '',
  '0',
  '1',
  'true',
  'false',
  'x',
  '-1',
  '9223372036854775808',
  '1.5s',
  '10h',
  'Exact',
  'NotOlderThan',
  '%zz',
  '%00',
  '1'.repeat(400),
  'a=b',
  '&',
  '=',
  '+',
  '%2B',
  '#',
];
const CLAUSES = [
  'application/json',
  YAML,
  PROTOBUF,
  '*/*',
  'application/*',
  '*',
  'text/html',
  V2,
  V2BETA1,
  '',
  ';',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'a/b/c',
  'application/json;pretty=1',
  'application/json;q=0',
  `${PROTOBUF};q=0.5`,
  `${YAML};q=x`,
  `${PROTOBUF};stream=watch`,
  ';q=1',
];
const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY'];
const USER_HEADERS = ['curl/8', 'Mozilla/5.0', 'Wget/1', 'kube-controller-manager', '', '\xff\xfe'];
const PRINTABLE = { from: 0x21, to: 0x7e };

/** A request made of what is usual, what is odd and what is broken; the same chance makes the same one. */
export function fuzzed(random: Random): Fuzzed {
  const from = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const chance = (share: number): boolean => random() < share;
  const some = <T>(most: number, make: () => T): T[] =>
    Array.from({ length: Math.floor(random() * (most + 1)) }, make);

  const selector = (): string => {
    const text = chance(0.3)
      ? `component${from(['=', '==', '!=', ' in '])}${from(['cart', 'old', 'bad', 'twin', '(cart)'])}`
      : some(8, () => from(SELECTOR_PARTS)).join('');
    return chance(0.9) ? encodeURIComponent(text) : harmless(text);
  };
  const option = (): string => {
    const name = chance(0.4) ? 'labelSelector' : from(OPTIONS);
    const value = name === 'labelSelector' || chance(0.2) ? selector() : from(VALUES);
    return chance(0.95) ? `${name}=${value}` : name;
  };
  const mutated = (text: string): string => {
    const at = Math.floor(random() * (text.length + 1));
    const character = String.fromCharCode(
      PRINTABLE.from + Math.floor(random() * (PRINTABLE.to - PRINTABLE.from)),
    );
    const escape = `%${Math.floor(random() * 256)
      .toString(16)
      .padStart(2, '0')}`;
    return from([
      text.slice(0, at) + character + text.slice(at),
      text.slice(0, at) + escape + text.slice(at),
      text.slice(0, at) + text.slice(at + 1),
      text.slice(0, at),
      text + text.slice(at),
    ]);
  };
  const path = (): string => {
    let found = chance(0.6) ? from(KNOWN_PATHS) : `/${some(7, () => from(SEGMENTS)).join('/')}`;
    if (chance(0.5)) {
      found += `${found.includes('?') ? '&' : '?'}${some(4, option).join('&')}`;
    }
    while (chance(0.25)) found = mutated(found);
    if (chance(0.0005)) found = `${P}predicted-cpu${S(repeated(from(SELECTOR_PARTS)))}`;
    if (chance(0.0002)) found += repeated(from(SEGMENTS) + '/');
    return found.startsWith('/') ? found : `/${found}`;
  };
  const caller = (): string[] => {
    if (chance(0.9)) return ['X-Remote-User: boss', 'X-Remote-Group: system:masters'];
    const { 'x-remote-user': user } = callers[from(['H', 'U', 'everything', 'scraper'] as const)];
    return from([
      [`X-Remote-User: ${user}`],
      [`X-Remote-User: ${user}`, 'X-Remote-Group: a,b', `X-Remote-Extra-a%2fb: ${from(VALUES)}`],
      [`X-Remote-User: ${user}`, `X-Remote-Group: ${'g'.repeat(2000)}`],
      ['X-Remote-User: '],
      [`X-Remote-User: \xe4${from(VALUES)}`],
      [
        `Authorization: ${from(['Bearer valid', 'Bearer bad', 'Bearer down', 'Basic dTpw', 'x', ''])}`,
      ],
      [],
    ]);
  };
  const headers = (): string[] => [
    ...caller(),
    ...some(2, () => `Accept: ${some(3, () => from(CLAUSES)).join(from([',', ', ', ' , ']))}`),
    ...(chance(0.1) ? [`User-Agent: ${from(USER_HEADERS)}`] : []),
    ...(chance(0.05) ? [`If-None-Match: ${from(['*', '""', 'W/"a"', '"a", "b"', 'x'])}`] : []),
    ...(chance(0.05) ? [`Audit-Id: ${from(['a', 'not good', 'x'.repeat(200), '\xff', ''])}`] : []),
    ...(chance(0.0005) ? [`Accept: ${repeated(from(CLAUSES) + from([',', ';', '=']))}`] : []),
    ...(chance(0.01) ? [`X-Long: ${'x'.repeat(Math.floor(random() * 70_000))}`] : []),
    ...(chance(0.01) ? ['Expect: 100-continue'] : []),
    ...(chance(0.002)
      ? [from(['no colon', ': x', 'a b: c', 'X\0: y', 'Transfer-Encoding: odd'])]
      : []),
  ];

  const method = chance(0.85) ? 'GET' : from(METHODS);
  const body =
    method !== 'GET' && method !== 'HEAD' && chance(0.5) ? 'x'.repeat(random() * 300) : '';
  const lines = [
    `${method} ${path()} ${chance(0.999) ? 'HTTP/1.1' : from(['HTTP/1.0', 'HTTP/9', 'x', ''])}`,
    ...(chance(0.999) ? ['Host: 127.0.0.1'] : []),
    ...headers(),
    ...(body === '' ? [] : [`Content-Length: ${body.length}`]),
  ];
  return { text: `${lines.join('\r\n')}\r\n\r\n${body}`, method };
}

/** What ends a request line or a header cannot stand in one. */
const harmless = (text: string): string => text.replaceAll(/[\s\p{Cc}]/gu, '');

/** Of a third of a megabyte: whoever reads it more than once a letter takes seconds. */
const repeated = (text: string): string => text.repeat(300_000 / (text.length || 1));
