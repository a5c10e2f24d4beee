import { D } from './fixture.ts';
import {
  accept,
  CART,
  cpu,
  failure,
  JSON_TYPE,
  mayNot,
  mustNameOne,
  notAcceptable,
  notAllowed,
  notFound,
  P,
  PROTOBUF,
  S,
  unknownMetric,
  value,
  VALUE,
  YAML,
  yet,
  type Expected,
  type Row,
} from './row.ts';

const row = (no: number | undefined, title: string, path: string, expected: Expected): Row => ({
  ...(no === undefined ? {} : { no }),
  title,
  path,
  expected,
});
const BAD: Expected = { status: 400, type: JSON_TYPE };
const bad = (message: string): Expected => failure(400, 'BadRequest', message);

const NAMES: readonly Row[] = [
  row(44, 'cpu', CART, VALUE),
  row(45, 'in capitals', CART.replace('predicted-cpu', 'Predicted-CPU'), VALUE),
  row(46, 'escaped once', CART.replace('predicted-cpu', 'predicted%2Dcpu'), VALUE),
  row(
    47,
    'escaped twice',
    CART.replace('predicted-cpu', 'predicted%252Dcpu'),
    unknownMetric('predicted%2Dcpu'),
  ),
  row(48, 'memory', CART.replace('cpu', 'memory'), value('268435456')),
  row(49, 'replicas', CART.replace('cpu', 'replicas'), value('4')),
  row(50, 'another namespace', CART.replace('shop', 'none'), yet('cart')),
  row(51, 'a name there is not', CART.replace('predicted-cpu', 'foo'), unknownMetric('foo')),
  row(52, 'no name', `${P}${S('component=cart')}`, notFound),
  row(53, 'something behind the name', `${P}predicted-cpu/a`, notFound),
  row(54, 'no namespace', `${D}/predicted-cpu`, notFound),
  row(55, 'status', `${P}status`, unknownMetric('status')),
  row(56, 'metrics', `${P}metrics`, unknownMetric('metrics')),
  row(117, 'a trailing slash', CART.replace('?', '/?'), VALUE),
  row(118, 'two slashes', CART.replace('/namespaces', '//namespaces'), notFound),
  row(119, 'a way back', CART.replace('shop/', 'shop/../shop/'), notFound),
  row(120, 'an escaped slash', `${P}a%2Fb`, notFound),
  row(121, 'a broken escape', `${P}a%zz`, { status: 400 }),
  row(
    undefined,
    'escaped slashes between the names',
    CART.replace('/shop/', '%2Fshop%2F'),
    notFound,
  ),
];

const SELECTORS: readonly Row[] = [
  row(
    57,
    'a stale component',
    cpu('component=old'),
    failure(503, 'ServiceUnavailable', 'the forecast for component "old" is stale'),
  ),
  row(58, 'a new component', cpu('component=new'), yet('new')),
  row(59, 'an unknown component', cpu('component=ghost'), yet('ghost')),
  row(
    60,
    'a failing model',
    cpu('component=bad'),
    failure(503, 'ServiceUnavailable', 'the model for component "bad" is failing'),
  ),
  row(61, 'no selector', `${P}predicted-cpu`, mustNameOne),
  row(62, 'an empty selector', `${P}predicted-cpu?labelSelector=`, mustNameOne),
  row(63, 'two components', cpu('component in (cart,old)'), mustNameOne),
  row(64, 'one of a set', cpu('component in (cart)'), VALUE),
  row(65, '==', cpu('component==cart'), VALUE),
  row(66, '!=', cpu('component!=old'), mustNameOne),
  row(67, 'any component', cpu('component'), mustNameOne),
  row(68, 'the kind', cpu('component=cart,kind=Deployment'), VALUE),
  row(69, 'another kind', cpu('component=cart,kind=StatefulSet'), yet('cart')),
  row(70, 'a label it does not have', cpu('component=cart,!team'), VALUE),
  row(71, 'a label it should have', cpu('component=cart,team=x'), yet('cart')),
  row(72, 'a higher level', cpu('component=cart,quantile=0.95'), value('1285m')),
  row(73, 'an impossible level', cpu('component=cart,quantile=2'), BAD),
  row(74, 'not a level', cpu('component=cart,quantile!=0.9'), BAD),
  row(75, 'a longer lead', cpu('component=cart,lead=600s'), value('1235m', 600)),
  row(76, 'one name of two', cpu('component=twin'), bad('name the kind')),
  row(77, 'one name of two, with its kind', cpu('component=twin,kind=StatefulSet'), {
    status: 200,
  }),
  row(
    78,
    'two values in a row',
    cpu('component=a b'),
    bad("found 'b', expected: ',' or 'end of string'"),
  ),
  row(
    79,
    'an open set',
    cpu('a in ('),
    bad("unable to parse requirement: found '', expected: ',', ')' or identifier"),
  ),
  row(80, '64 letters', cpu(`component=${'a'.repeat(64)}`), BAD),
  row(81, 'an empty set that it is not in', cpu('component=cart,model notin ()'), VALUE),
  row(82, 'a comparison with a word', cpu('x>a'), BAD),
  row(83, '20,000 letters', cpu(`component=${'a'.repeat(20_000)}`), BAD),
  row(undefined, 'a comma', cpu(','), BAD),
  row(undefined, 'a comma in the end', cpu('component=cart,'), BAD),
  row(undefined, 'a bad key', cpu('-a=b'), BAD),
  row(undefined, 'a bad value', cpu('component=x/y'), BAD),
  row(undefined, 'a negation of a value', cpu('!component=cart'), BAD),
  row(undefined, 'a set that is not closed', cpu('component in (cart'), BAD),
  row(undefined, 'a set without brackets', cpu('component in cart'), BAD),
  row(undefined, 'spaces', cpu('  component  =  cart  '), VALUE),
  row(undefined, 'a prefix without a name', cpu('/component=cart'), BAD),
];

const OPTIONS: readonly Row[] = [
  row(84, 'fieldSelector', `${CART}&fieldSelector=a%3Db`, { status: 400 }),
  row(
    85,
    'watch',
    `${CART}&watch=true`,
    failure(
      405,
      'MethodNotAllowed',
      'watch is not supported on resources of kind "*.external.metrics.k8s.io"',
    ),
  ),
  row(
    86,
    'a limit that is none',
    `${CART}&limit=x`,
    bad('strconv.ParseInt: parsing "x": invalid syntax'),
  ),
  row(87, 'a limit', `${CART}&limit=1&continue=y`, VALUE),
  row(128, 'no watch', `${CART}&watch=false`, VALUE),
  row(
    129,
    'a timeout that is none',
    `${CART}&timeout=zz`,
    bad('invalid timeout specified in the request URL - time: invalid duration "zz"'),
  ),
  row(130, 'the first selector counts', `${CART}&labelSelector=component%3Dold`, VALUE),
  row(131, 'a match of nothing', `${CART}&resourceVersionMatch=Exact`, {
    status: 422,
    type: JSON_TYPE,
    body: { reason: 'Invalid' },
  }),
  row(undefined, 'a match there is not', `${CART}&resourceVersion=1&resourceVersionMatch=x`, {
    status: 422,
  }),
  row(undefined, 'a match', `${CART}&resourceVersion=1&resourceVersionMatch=Exact`, VALUE),
  row(undefined, 'an empty fieldSelector', `${CART}&fieldSelector=`, VALUE),
  row(undefined, 'a timeout', `${CART}&timeout=1.5s`, VALUE),
  row(undefined, 'a limit out of range', `${CART}&limit=9223372036854775808`, BAD),
  row(undefined, 'timeoutSeconds that are none', `${CART}&timeoutSeconds=x`, BAD),
  row(undefined, 'what nobody knows', `${CART}&nobody=knows`, VALUE),
];

const by = (no: number, method: string): Row => ({
  no,
  title: `by ${method}`,
  path: CART,
  as: 'everything',
  method,
  expected: notAllowed,
});
const METHODS: readonly Row[] = [
  by(88, 'POST'),
  by(89, 'DELETE'),
  by(90, 'PATCH'),
  { no: 123, title: 'by HEAD', path: CART, method: 'HEAD', expected: { status: 405 } },
  { title: 'by PUT, without the right', path: CART, method: 'PUT', expected: { status: 403 } },
];

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const PARTIAL = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
const wants = (
  no: number | undefined,
  title: string,
  given: string | readonly string[],
  expected: Expected = VALUE,
): Row => ({ ...row(no, title, CART, expected), headers: accept(given) });
const ENCODINGS: readonly Row[] = [
  wants(
    91,
    'what the controller manager accepts',
    `${PROTOBUF}, */*`,
    value('1235m', 300, PROTOBUF),
  ),
  wants(92, 'YAML', YAML, value('1235m', 300, YAML)),
  wants(93, 'a table, or JSON', `${TABLE},application/json`),
  wants(94, 'text/html', 'text/html', notAcceptable),
  {
    ...row(95, '404 in protobuf', cpu('component=ghost'), { ...yet('ghost'), type: PROTOBUF }),
    headers: accept(PROTOBUF),
  },
  {
    ...row(
      96,
      '503 in protobuf',
      cpu('component=old'),
      failure(503, 'ServiceUnavailable', 'the forecast for component "old" is stale', PROTOBUF),
    ),
    headers: accept(PROTOBUF),
  },
  {
    ...row(97, '404 in YAML', cpu('component=ghost'), { ...yet('ghost'), type: YAML }),
    headers: accept(YAML),
  },
  row(98, 'indented when asked for', `${CART}&pretty=1`, VALUE),
  { ...row(99, 'indented for curl', CART, VALUE), headers: { 'user-agent': 'curl/8.5.0' } },
  wants(124, 'application/*', 'application/*'),
  wants(125, 'metadata, or JSON', `${PARTIAL},application/json`),
  wants(126, 'a charset', 'application/json; charset=utf-8'),
  wants(127, 'an empty Accept', ''),
  {
    no: 143,
    title: '403 in protobuf',
    path: CART,
    as: 'U',
    headers: accept(PROTOBUF),
    expected: { ...mayNot('u'), type: PROTOBUF },
  },
  {
    title: '401 in protobuf',
    path: CART,
    as: 'N',
    headers: { ...accept(PROTOBUF), authorization: 'Bearer bad' },
    expected: failure(401, 'Unauthorized', 'Unauthorized', PROTOBUF),
  },
  {
    title: '405 in protobuf',
    path: CART,
    as: 'everything',
    method: 'POST',
    headers: accept(PROTOBUF),
    expected: { ...notAllowed, type: PROTOBUF },
  },
  wants(undefined, 'a table', TABLE, notAcceptable),
  wants(undefined, 'two Accept headers', ['text/html', 'application/json']),
  wants(
    undefined,
    'the better one',
    `${YAML};q=0.4,${PROTOBUF};q=0.6`,
    value('1235m', 300, PROTOBUF),
  ),
  wants(
    undefined,
    'what is named before what is not',
    `*/*, ${YAML};q=0.1`,
    value('1235m', 300, YAML),
  ),
  wants(undefined, 'indented by the clause', 'application/json;pretty=1'),
  {
    ...wants(undefined, 'an unknown component for a browser', 'text/html', notAcceptable),
    path: cpu('component=ghost'),
  },
  { ...wants(undefined, '403 for a browser', 'text/html', mayNot('u')), as: 'U' },
];

export const METRIC: readonly Row[] = [
  ...NAMES,
  ...SELECTORS,
  ...OPTIONS,
  ...METHODS,
  ...ENCODINGS,
];
