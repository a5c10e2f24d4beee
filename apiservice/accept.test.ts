import { expect, test } from 'vitest';
import { parseAccept } from './accept.ts';

const V2 = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

test.each<[string, boolean, 'v2' | 'v2beta1' | undefined]>([
  ['', true, undefined],
  ['application/json', true, undefined],
  ['APPLICATION/JSON', true, undefined],
  ['*/*', true, undefined],
  ['text/html, application/xhtml+xml, */*;q=0.8', true, undefined],
  ['application/json;q=0', false, undefined],
  ['application/vnd.kubernetes.protobuf', false, undefined],
  ['application/vnd.kubernetes.protobuf, */*', true, undefined],
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
  expect(parseAccept(header)).toEqual({ json, discovery });
});
