import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { epochMs } from '../../domain/units.ts';
import { startControlPlane, type ControlPlane } from '../control-plane/control-plane.ts';
import type { KeyPair } from '../control-plane/pki.ts';
import { whyMissing } from '../control-plane/programs.ts';
import { openBoth } from '../go-reference/both.ts';
import { differingParts, partOf, type Part } from '../go-reference/compare.ts';
import { DIFFERENCES } from '../go-reference/differences.ts';
import { askOf, testClients, type Clients } from '../metrics-api/clients.ts';
import { askAt, callers, testPki, type Ask, type At, type Reply } from '../metrics-api/fixture.ts';
import type { Row } from '../metrics-api/row.ts';
import { HEALTH } from '../metrics-api/rows-health.ts';
import { IDENTITY } from '../metrics-api/rows-identity.ts';
import { METRIC } from '../metrics-api/rows-metric.ts';
import { SURFACE } from '../metrics-api/rows-surface.ts';
import { expectSoon } from './expect-soon.ts';

/*
 * Every line of the wire's table to ours and to a server of the Go library (sigs.k8s.io/custom-metrics-apiserver)
 * with the same values, directly and through a real kube-apiserver. What differs must be in differences.ts,
 * and what is in there must differ.
 */

const missing = whyMissing(['etcd', 'kube-apiserver', 'kube-controller-manager', 'go-reference']);
const GROUP_PATH = '/apis/external.metrics.k8s.io';
/** A TokenReview that fails takes an API server that is down. */
const NOT_HERE = 107;
const ROWS = [...SURFACE, ...HEALTH, ...METRIC, ...IDENTITY].filter(({ no }) => no !== NOT_HERE);
/** The rest is the API server's own answer, or shows a certificate that only we are to judge. */
const BEHIND = ROWS.filter(
  (row) => row.path.startsWith(GROUP_PATH) && !IDENTITY.includes(row) && row.path !== GROUP_PATH,
);

type Answers = { readonly row: Row; readonly go: Reply; readonly ours: Reply };
type Differing = Record<string, readonly Part[]>;

const differing = (answers: readonly Answers[]): Differing =>
  Object.fromEntries(
    answers
      .map(({ row, go, ours }) => [row.title, differingParts(go, ours)] as const)
      .filter(([, parts]) => parts.length > 0),
  );

const listed = (rows: readonly Row[], isThrough: boolean): Differing => {
  const titles = new Set(rows.map(({ title }) => title));
  const all = DIFFERENCES.filter(({ onlyDirectly }) => !isThrough || onlyDirectly === undefined);
  return Object.fromEntries(
    all.flatMap((each) => Object.entries(each.rows)).filter(([title]) => titles.has(title)),
  );
};

/** What came back of each row that is not as listed: for whoever reads a failure. */
const story = (answers: readonly Answers[], expected: Differing): unknown[] =>
  answers.flatMap(({ row, go, ours }) => {
    const parts = differingParts(go, ours);
    if (JSON.stringify(parts) === JSON.stringify(expected[row.title] ?? [])) return [];
    return [[row.title, ...parts.map((part) => [part, partOf(go, part), partOf(ours, part)])]];
  });

describe.skipIf(missing !== undefined)(`beside the Go library’s server ${missing ?? ''}`, () => {
  const house = new AsyncDisposableStack();
  let controlPlane: ControlPlane;
  let both: Awaited<ReturnType<typeof openBoth>>;
  let clients: Clients;
  let admin: KeyPair;
  const master: Row = { title: '', path: GROUP_PATH, as: 'M', expected: { status: 200 } };
  beforeAll(async () => {
    const pki = await testPki(epochMs(Date.now()));
    clients = await testClients(pki);
    controlPlane = house.use(await startControlPlane());
    admin = await controlPlane.identityFor('admin', ['system:masters']);
    const authorities = { front: pki.front.ca, clients: pki.clients.ca };
    both = house.use(await openBoth(controlPlane, authorities));
  });
  afterAll(() => house.disposeAsync());

  const directly = (at: At, row: Row): Promise<Reply> =>
    askAt(at, row.path, withToken(askOf(row, clients), both.token));
  const through = (row: Row): Promise<Reply> => {
    const port = Number(new URL(controlPlane.apiServerUrl).port);
    const at = { port, ca: controlPlane.ca, servername: 'localhost' };
    return askAt(at, row.path, impersonating(row, admin));
  };

  test('an authority that is added to the cluster’s configuration is believed without a restart', async () => {
    const believed = (at: At): Promise<number> =>
      expectSoon(
        'the added front proxy is believed',
        async () => (await directly(at, master)).status,
        (status) => status === 200,
        { withinMs: 30_000 },
      );
    expect([await believed(both.go), await believed(both.ours)]).toEqual([200, 200]);
  });

  test('directly, at least a hundred answers are the same but for what is listed', async () => {
    expect(new Set(ROWS.map(({ title }) => title)).size).toBe(ROWS.length);
    const answers: Answers[] = [];
    for (const row of ROWS) {
      const [go, ours] = await Promise.all([directly(both.go, row), directly(both.ours, row)]);
      answers.push({ row, go, ours });
    }
    const expected = listed(ROWS, false);
    expect(story(answers, expected)).toEqual([]);
    expect(differing(answers)).toEqual(expected);
    expect(answers.length).toBeGreaterThanOrEqual(100);
  });

  test('through kube-apiserver the same holds', async () => {
    const allFrom = async (at: At, isIt: (probe: Reply) => boolean): Promise<Reply[]> => {
      await both.register(at);
      const unknown = { ...master, path: `${GROUP_PATH}/v1beta1/namespaces/shop/unknown` };
      await expectSoon('the right server answers', () => through(unknown), isIt, {
        withinMs: 40_000,
      });
      const replies: Reply[] = [];
      for (const row of BEHIND) replies.push(await through(row));
      return replies;
    };
    const fromGo = await allFrom(both.go, ({ status }) => status === 200);
    const fromOurs = await allFrom(both.ours, ({ status }) => status === 404);
    const answers = BEHIND.map((row, at) => ({ row, go: fromGo[at]!, ours: fromOurs[at]! }));
    const expected = listed(BEHIND, true);
    expect(story(answers, expected)).toEqual([]);
    expect(differing(answers)).toEqual(expected);
  });

  test('every difference is of a line that there is', () => {
    const titles = new Set(ROWS.map(({ title }) => title));
    const strangers = DIFFERENCES.flatMap(({ rows }) => Object.keys(rows)).filter(
      (title) => !titles.has(title),
    );
    expect(strangers).toEqual([]);
  });
});

function withToken(ask: Ask, token: string): Ask {
  if (ask.headers?.['authorization'] !== 'Bearer valid') return ask;
  return { ...ask, headers: { ...ask.headers, authorization: `Bearer ${token}` } };
}

/** The caller whom the front proxy would name, as somebody whom the admin stands in for. */
function impersonating({ as = 'H', method = 'GET', headers = {} }: Row, admin: KeyPair): Ask {
  if (as === 'N' || !(as in callers)) return { method, headers };
  const named: Ask['headers'] = callers[as as keyof typeof callers];
  const { 'x-remote-user': user = '', 'x-remote-group': groups } = named;
  const who = { 'impersonate-user': user, ...(groups && { 'impersonate-group': groups }) };
  return { method, headers: { ...who, ...headers }, as: { cert: admin.cert, key: admin.key } };
}
