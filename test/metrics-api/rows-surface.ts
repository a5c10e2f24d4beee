import { expect } from 'vitest';
import { D } from './fixture.ts';
import {
  accept,
  failure,
  JSON_TYPE,
  notAcceptable,
  notAllowed,
  notFound,
  PROTOBUF,
  textNotFound,
  V2,
  V2BETA1,
  YAML,
  type Expected,
  type Row,
} from './row.ts';

const list = (type: string): Expected => ({
  status: 200,
  type,
  body: { kind: 'APIResourceList', groupVersion: 'external.metrics.k8s.io/v1beta1' },
});
const LIST = list(JSON_TYPE);
const RESOURCES: readonly Row[] = [
  { no: 1, title: 'the resource list', path: D, as: 'M', expected: LIST },
  { no: 2, title: 'by the aggregator without groups', path: D, as: 'G', expected: LIST },
  {
    no: 3,
    title: 'by nobody',
    path: D,
    as: 'N',
    expected: failure(
      403,
      'Forbidden',
      'forbidden: User "system:anonymous" cannot get path "/apis/external.metrics.k8s.io/v1beta1"',
    ),
  },
  {
    no: 4,
    title: 'the resource list by POST',
    path: D,
    as: 'M',
    method: 'POST',
    expected: notAllowed,
  },
  {
    no: 5,
    title: 'by POST without the right',
    path: D,
    as: 'U',
    method: 'POST',
    expected: { status: 403 },
  },
  {
    no: 6,
    title: 'as text/html',
    path: D,
    as: 'M',
    headers: accept('text/html'),
    expected: notAcceptable,
  },
  { no: 116, title: 'with a trailing slash', path: `${D}/`, as: 'M', expected: LIST },
  {
    no: 122,
    title: 'by HEAD, to which the aggregator has no right',
    path: D,
    as: 'G',
    method: 'HEAD',
    expected: { status: 403 },
  },
  {
    title: 'is never kept',
    path: D,
    as: 'M',
    expected: { status: 200, headers: { 'cache-control': 'no-cache, private' } },
  },
  {
    title: 'in protobuf',
    path: D,
    as: 'M',
    headers: accept(PROTOBUF),
    expected: list(PROTOBUF),
  },
  { title: 'in YAML', path: D, as: 'M', headers: accept(YAML), expected: list(YAML) },
];

const discovered = (version: string, type: string): Expected => ({
  status: 200,
  type,
  body: { kind: 'APIGroupDiscoveryList', apiVersion: `apidiscovery.k8s.io/${version}` },
  headers: { vary: 'Accept', 'cache-control': 'public' },
});
const groups = (type: string): Expected => ({
  status: 200,
  type,
  body: { kind: 'APIGroupList', apiVersion: 'v1' },
});
const GROUPS = groups(JSON_TYPE);
const group = (type: string): Expected => ({
  status: 200,
  type,
  body: { kind: 'APIGroup', name: 'external.metrics.k8s.io' },
});
const GROUP = '/apis/external.metrics.k8s.io';
const discovery = (title: string, given: string, expected: Expected, no?: number): Row => ({
  ...(no === undefined ? {} : { no }),
  title,
  path: '/apis',
  as: 'M',
  headers: accept(given),
  expected,
});
const DISCOVERY: readonly Row[] = [
  discovery('discovery v2', V2, discovered('v2', V2), 7),
  discovery('discovery v2beta1', V2BETA1, discovered('v2beta1', V2BETA1), 8),
  discovery('a profile', `${V2};profile=nopeer`, discovered('v2', V2), 9),
  discovery('groups in JSON', JSON_TYPE, GROUPS, 10),
  discovery('groups as anything', '*/*', GROUPS, 11),
  { no: 12, title: 'groups without an Accept', path: '/apis', as: 'M', expected: GROUPS },
  discovery('groups in nothing but protobuf', PROTOBUF, notAcceptable, 13),
  discovery('v2 wins from the last place', `${JSON_TYPE}, ${V2};q=0.5`, discovered('v2', V2), 14),
  discovery('what the aggregator sends', `${V2BETA1},${V2},${JSON_TYPE}`, discovered('v2', V2)),
  discovery('groups in YAML', YAML, groups(YAML)),
  { title: 'groups, with a trailing slash', path: '/apis/', as: 'M', expected: GROUPS },
  { no: 18, title: 'the group alone', path: GROUP, as: 'M', expected: group(JSON_TYPE) },
  {
    title: 'the group in protobuf',
    path: GROUP,
    as: 'M',
    headers: accept(PROTOBUF),
    expected: group(PROTOBUF),
  },
];

const HASHED: unknown = expect.stringMatching(
  /^\/openapi\/v3\/apis\/external\.metrics\.k8s\.io\/v1beta1\?hash=[0-9A-F]{128}$/,
);
const NOTHING: Expected = { status: 406, body: '' };
const OPENAPI: readonly Row[] = [
  {
    no: 19,
    title: 'OpenAPI v2',
    path: '/openapi/v2',
    as: 'M',
    expected: { status: 200, type: JSON_TYPE, body: { swagger: '2.0' } },
  },
  {
    no: 21,
    title: 'OpenAPI v2 in protobuf',
    path: '/openapi/v2',
    as: 'M',
    headers: accept(PROTOBUF),
    expected: NOTHING,
  },
  {
    no: 22,
    title: 'OpenAPI v3 has one key',
    path: '/openapi/v3',
    as: 'M',
    expected: {
      status: 200,
      type: JSON_TYPE,
      body: {
        paths: { 'apis/external.metrics.k8s.io/v1beta1': { serverRelativeURL: HASHED } },
      },
    },
  },
  {
    no: 26,
    title: 'OpenAPI v3 for a browser',
    path: `/openapi/v3${D}`,
    as: 'M',
    headers: accept('text/html'),
    expected: NOTHING,
  },
  {
    no: 132,
    title: 'OpenAPI v2 by POST',
    path: '/openapi/v2',
    as: 'M',
    method: 'POST',
    expected: notAllowed,
  },
  {
    no: 133,
    title: 'OpenAPI v3 of another',
    path: '/openapi/v3/apis/nope/v1',
    as: 'M',
    expected: textNotFound,
  },
  {
    title: 'OpenAPI v2, by the aggregator',
    path: '/openapi/v2',
    as: 'G',
    expected: { status: 200 },
  },
];

const OTHERS: readonly Row[] = [
  { no: 37, title: 'metrics, by nobody', path: '/metrics', as: 'N', expected: { status: 403 } },
  {
    no: 38,
    title: 'metrics, by their reader',
    path: '/metrics',
    as: 'scraper',
    expected: { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8' },
  },
  {
    no: 39,
    title: 'the version',
    path: '/version',
    as: 'M',
    expected: { status: 200, type: JSON_TYPE, body: { gitVersion: 'v0.1.0' } },
  },
  {
    no: 40,
    title: 'the index',
    path: '/',
    as: 'M',
    expected: {
      status: 200,
      type: JSON_TYPE,
      body: {
        paths: [
          '/apis',
          GROUP,
          D,
          '/healthz',
          '/livez',
          '/metrics',
          '/openapi/v2',
          '/openapi/v3',
          `/openapi/v3${D}`,
          '/readyz',
          '/version',
        ],
      },
    },
  },
  { no: 41, title: 'a path there is not', path: '/nope', as: 'M', expected: textNotFound },
  {
    no: 42,
    title: 'another version of the group',
    path: `${GROUP}/v1`,
    as: 'M',
    expected: notFound,
  },
  { no: 43, title: 'another group', path: '/apis/other', as: 'M', expected: textNotFound },
];

export const SURFACE: readonly Row[] = [...RESOURCES, ...DISCOVERY, ...OPENAPI, ...OTHERS];
