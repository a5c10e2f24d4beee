import { describe, expect, test } from 'vitest';
import { parseAccept, type Acceptance } from './accept.ts';

const V2 = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const PROTOBUF = 'application/vnd.kubernetes.protobuf';

test.each<[string, boolean, 'v2' | 'v2beta1' | undefined]>([
  ['', true, undefined],
  ['application/json', true, undefined],
  ['APPLICATION/JSON', true, undefined],
  ['*/*', true, undefined],
  ['*', true, undefined],
  ['text/html, application/xhtml+xml, */*;q=0.8', true, undefined],
  ['application/json;q=0', false, undefined],
  [PROTOBUF, false, undefined],
  [`${PROTOBUF}, */*`, true, undefined],
  [V2, false, 'v2'],
  [V2.replaceAll(';', '; '), false, 'v2'],
  [`${V2};profile=nopeer`, false, 'v2'],
  [`${V2.replace('v=v2', 'v=v2beta1')},${V2};q=0.1`, false, 'v2'],
  [V2.replace('v=v2', 'v=v2beta1'), false, 'v2beta1'],
  [V2.replace('v=v2', 'v=v3'), false, undefined],
  [V2.replace('apidiscovery.k8s.io', 'other'), false, undefined],
  ['application/json;as=Table;v=v1;g=meta.k8s.io,application/json', true, undefined],
  [';;,,=', false, undefined],
])('%j', (header, json, discovery) => {
  expect(parseAccept(header)).toMatchObject({ json, discovery });
});

describe('of several encodings', () => {
  test.each<[string, Acceptance['media'], Acceptance['text']]>([
    ['', 'json', 'json'],
    [`${PROTOBUF}, */*`, 'protobuf', 'json'],
    [`*/*, ${PROTOBUF};q=0.5`, 'protobuf', 'json'],
    [`application/json;q=0.5,${PROTOBUF}`, 'protobuf', 'json'],
    [`${PROTOBUF};q=0.5,application/yaml;q=0.6`, 'yaml', 'yaml'],
    ['application/yaml', 'yaml', 'yaml'],
    ['application/*', 'json', 'json'],
    ['application/yaml;as=Table;v=v1;g=meta.k8s.io,application/json', 'json', 'json'],
    [`${PROTOBUF};stream=watch`, undefined, undefined],
    [PROTOBUF, 'protobuf', undefined],
    ['application/json;q=x,application/yaml', 'yaml', 'yaml'],
    ['text/html', undefined, undefined],
  ])('%j', (header, media, text) => {
    expect(parseAccept(header)).toMatchObject({ media, text });
  });
});

test('a clause may ask for indented JSON', () => {
  expect(parseAccept('application/json;pretty=1').pretty).toBe(true);
  expect(parseAccept('text/html;pretty=1, application/json').pretty).toBe(false);
});

test('of very many clauses the first hundred count', () => {
  const many = 'text/html,'.repeat(99);
  expect(parseAccept(`${many}application/json`).media).toBe('json');
  expect(parseAccept(`${many}*/*;q=0,application/json`).media).toBeUndefined();
});
