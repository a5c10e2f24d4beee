import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { protobufOf } from '../../apiservice/protobuf.ts';
import type { Served } from '../../apiservice/served.ts';
import { epochMs } from '../../domain/units.ts';
import { askOf, testClients, type Clients } from './clients.ts';
import { openMetricsApi, testPki, type Opened, type Reply } from './fixture.ts';
import { JSON_TYPE, PROTOBUF, YAML, type Row } from './row.ts';
import { HEALTH } from './rows-health.ts';
import { IDENTITY } from './rows-identity.ts';
import { METRIC } from './rows-metric.ts';
import { SURFACE } from './rows-surface.ts';

/*
 * The wire's table (metrics-api.md 8.1) against the real server over TLS. What one request cannot show
 * (tags, hashes, draining, reviews that fail, too many at once) is played by the other tests.
 */

const SCENES = ['surface', 'identity', 'access', 'lifecycle'].map((name) => `${name}.test.ts`);

let api: Opened;
let clients: Clients;
beforeAll(async () => {
  const pki = await testPki(epochMs(Date.now()));
  clients = await testClients(pki);
  api = await openMetricsApi(pki);
});
afterAll(() => api[Symbol.asyncDispose]());

const ask = (row: Row): Promise<Reply> => api.ask(row.path, askOf(row, clients));

/** The object in an answer, whatever it is written in; of protobuf, the JSON that makes the same bytes. */
async function objectIn(row: Row, reply: Reply): Promise<unknown> {
  const type = reply.headers['content-type'];
  if (type === YAML) return parse(reply.body);
  if (type?.startsWith(JSON_TYPE) && reply.body !== '') return JSON.parse(reply.body);
  if (type !== PROTOBUF) return reply.body;
  const asJson = { ...row, headers: { ...row.headers, accept: JSON_TYPE } };
  const object = JSON.parse((await ask(asJson)).body) as Served;
  expect(reply.bytes.toString('hex')).toBe(protobufOf(object).toString('hex'));
  return object;
}

const titled = (rows: readonly Row[]) => rows.map((row) => [row.no ?? '', row.title, row] as const);
describe.each([
  ['the surface', SURFACE],
  ['health', HEALTH],
  ['the metric', METRIC],
  ['who is believed', IDENTITY],
])('%s', (_, rows) => {
  test.each(titled(rows))('%s %s', async (_no, _title, row) => {
    const reply = await ask(row);
    const type = reply.headers['content-type'];
    const seen = { ...reply, type, body: await objectIn(row, reply) };
    expect(seen).toMatchObject(row.expected);
    expect(reply.headers).not.toHaveProperty('retry-after');
  });
});

test('every line of the table is a row, or is named by the test that plays it', async () => {
  const played = await Promise.all(SCENES.map((file) => readFile(new URL(file, import.meta.url))));
  const named = played.flatMap((text) => [
    ...String(text).matchAll(/\(lines? (?<numbers>[\d, ]+)\)/g),
  ]);
  const scenes = named.flatMap(({ groups }) => (groups?.['numbers'] ?? '').split(', ').map(Number));
  const rows = [...SURFACE, ...HEALTH, ...METRIC, ...IDENTITY].flatMap(({ no }) => no ?? []);
  expect([...rows, ...scenes].toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 143 }, (_, at) => at + 1),
  );
});
