import type { Part } from './compare.ts';

/** An answer of ours that is meant to be another one than the Go library's. */
export type Difference = {
  readonly title: string;
  readonly reason: string;
  /** Where the answers differ, by the titles of rows of the wire's table. */
  readonly rows: Readonly<Record<string, readonly Part[]>>;
  /** Through kube-apiserver the answers are the same. */
  readonly onlyDirectly?: true;
};

const inParts = (parts: readonly Part[], ...titles: readonly string[]): Difference['rows'] =>
  Object.fromEntries(titles.map((title) => [title, parts]));
const BODY = ['body'] as const;
const REFUSED = ['status', 'body'] as const;

/**
 * Every intended difference, with its reason; docs/METRICS-API.md tells them to people. The differential
 * test fails on one that is not here, and on one here that no longer occurs.
 */
export const DIFFERENCES: readonly Difference[] = [
  {
    title: 'One constant resource is listed, not one for each metric',
    reason: 'Every kubectl downloads the list; thousands of metrics slow it down.',
    rows: inParts(
      BODY,
      'the resource list',
      'by the aggregator without groups',
      'with a trailing slash',
      'is never kept',
      'in protobuf',
      'in YAML',
    ),
  },
  {
    title: 'Aggregated discovery holds the group',
    reason:
      'Go sends an empty list; a document without its own group is a group without resources.',
    rows: inParts(
      ['etag', 'body'],
      'discovery v2',
      'a profile',
      'v2 wins from the last place',
      'what the aggregator sends',
    ),
  },
  {
    title: 'Aggregated discovery v2beta1 is served',
    reason: 'The aggregators of Kubernetes 1.26 to 1.29 know no other.',
    rows: inParts(['status', 'type', 'etag', 'cache-control', 'vary', 'body'], 'discovery v2beta1'),
  },
  {
    title: 'The list of groups bears its version and no address',
    reason: 'So does kube-apiserver’s; the address that Go adds is of no use behind an aggregator.',
    rows: inParts(
      BODY,
      'groups in JSON',
      'groups as anything',
      'groups without an Accept',
      'groups in YAML',
      'groups, with a trailing slash',
    ),
  },
  {
    title: 'The list of groups has no protobuf',
    reason: 'Nobody asks for it: aggregator and kubectl accept JSON.',
    rows: inParts(['status', 'type', 'body'], 'groups in nothing but protobuf'),
  },
  {
    title: 'OpenAPI documents are ours, and small',
    reason: 'They hold what is served and nothing else; constants, they may be kept by their tag.',
    rows: {
      ...inParts(
        ['etag', 'cache-control', 'vary', 'body'],
        'OpenAPI v2',
        'OpenAPI v2, by the aggregator',
      ),
      ...inParts(['etag', 'cache-control', 'body'], 'OpenAPI v3 has one key'),
    },
  },
  {
    title: 'OpenAPI in another encoding than JSON is refused without a Vary',
    reason: 'There is one encoding, so nothing varies.',
    rows: inParts(['vary'], 'OpenAPI v2 in protobuf', 'OpenAPI v3 for a browser'),
  },
  {
    title: 'OpenAPI is read by GET',
    reason: 'Go answers to any method.',
    rows: inParts(['status', 'etag', 'vary', 'body'], 'OpenAPI v2 by POST'),
  },
  {
    title: 'An OpenAPI v3 document there is not is 404',
    reason: 'Go answers 200 with nothing in it.',
    rows: inParts(['status', 'type', 'body'], 'OpenAPI v3 of another'),
  },
  {
    title: 'The exposition names no escaping',
    reason:
      'The names are those of version 0.0.4, where there is none to name; the metrics are ours.',
    rows: inParts(['type', 'body'], 'metrics, by their reader'),
  },
  {
    title: 'The version and the index are ours',
    reason: 'They tell of this program and its paths.',
    rows: inParts(BODY, 'the version', 'the index'),
  },
  {
    title: 'A path outside the group is 404 in plain text',
    reason: 'Go lists its paths; the index does that.',
    rows: inParts(['type', 'body'], 'a path there is not', 'another group', 'a check there is not'),
  },
  {
    title: 'The health checks are ours',
    reason: 'ping, certificate, front-proxy, shutdown: what takes this server out of service.',
    rows: inParts(
      BODY,
      'livez, verbose',
      'readyz without a check',
      'livez without a check that there is not',
      'readyz, verbose whatever it is',
    ),
  },
  {
    title: 'The name of a metric is found in any case',
    reason: 'client-go lower-cases it on the way.',
    rows: inParts(BODY, 'in capitals'),
  },
  {
    title: 'A metric there is not is 404 and names those there are',
    reason: 'Go answers an empty list; the HPA shows our message instead.',
    rows: inParts(REFUSED, 'escaped twice', 'a name there is not', 'status', 'metrics'),
  },
  {
    title: 'A component without a forecast is 404',
    reason: 'Go answers an empty list, which has the same effect and says nothing.',
    rows: inParts(
      REFUSED,
      'another namespace',
      'a new component',
      'an unknown component',
      'another kind',
      'a label it should have',
      '404 in protobuf',
      '404 in YAML',
    ),
  },
  {
    title: 'A selector names one component, and of two kinds one',
    reason: 'The HPA adds up whatever it is given.',
    rows: inParts(
      REFUSED,
      'no selector',
      'an empty selector',
      'two components',
      '!=',
      'any component',
      'one name of two',
    ),
  },
  {
    title: 'quantile and lead choose the forecast',
    reason: 'To Go they are labels; to us, which forecast is read.',
    rows: {
      ...inParts(BODY, 'a higher level', 'a longer lead'),
      ...inParts(REFUSED, 'an impossible level', 'not a level'),
    },
  },
  {
    title: 'A selector over 16,384 characters is refused with one text',
    reason: 'Reading a megabyte of them would keep every other caller waiting.',
    rows: inParts(BODY, '20,000 letters'),
  },
  {
    title: 'A failure of the provider is 503 with its reason',
    reason: 'Go makes 500 without a reason of an error that is no Status.',
    rows: inParts(REFUSED, 'a failing model'),
  },
  {
    title: 'A fieldSelector is refused, whichever it is',
    reason: 'Go knows two fields and ignores what they ask, and so answers more than was asked.',
    rows: inParts(BODY, 'fieldSelector'),
  },
  {
    title: 'An encoded slash parts nothing',
    reason: 'A name with a slash in it is no name; Go decodes it and reads two.',
    rows: inParts(REFUSED, 'escaped slashes between the names'),
    onlyDirectly: true,
  },
  {
    title: 'application/* is JSON',
    reason: 'Go offers what it means and refuses it.',
    rows: inParts(REFUSED, 'application/*'),
  },
  {
    title: 'A clause for PartialObjectMetadataList is passed over',
    reason: 'Go answers 500 to it.',
    rows: inParts(REFUSED, 'metadata, or JSON'),
  },
  {
    title: 'Several Accept headers are one list',
    reason: 'RFC 9110 says so; Go reads the first.',
    rows: inParts(REFUSED, 'two Accept headers'),
  },
  {
    title: '406 has one text',
    reason: 'Go has two, of two libraries.',
    rows: inParts(BODY, 'as text/html', 'text/html', 'an unknown component for a browser'),
  },
];
