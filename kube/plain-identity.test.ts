import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plainIdentity, podIdentity } from './plain-identity.ts';

const inline = (text: string): string => Buffer.from(text).toString('base64');
const config = (cluster: object, user: object) =>
  JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: 'https://c.example', ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'n' } }],
    'current-context': 'x',
  });
const CA = { 'certificate-authority-data': inline('ca') };

test('certificates and tokens that stand in the file itself are used', async () => {
  const certificates = {
    'client-certificate-data': inline('cert'),
    'client-key-data': inline('key'),
  };
  const identity = plainIdentity(config(CA, { ...certificates, token: 't' }), undefined);
  const options: RequestOptions = { headers: { accept: 'a' } };
  await identity?.applyToHTTPSOptions(options);
  expect(identity?.getCurrentCluster()?.server).toBe('https://c.example');
  expect(options).toEqual({
    ca: Buffer.from('ca'),
    cert: Buffer.from('cert'),
    key: Buffer.from('key'),
    headers: { accept: 'a', Authorization: 'Bearer t' },
  });
});

test.each([
  ['a program to run', {}, { exec: { command: 'aws' } }],
  ['a file beside it', { 'certificate-authority': 'ca.crt' }, { token: 't' }],
  ['a proxy', { 'proxy-url': 'http://p.example' }, { token: 't' }],
  ['no checks', { 'insecure-skip-tls-verify': true }, { token: 't' }],
  ['a server that is no URL', { server: 'c' }, { token: 't' }],
])('one with %s is left to others', (_, cluster, user) => {
  expect(plainIdentity(config(cluster, user), undefined)).toBeUndefined();
});

test.each([
  ['nothing', ''],
  ['no YAML', 'a: ['],
  ['no contexts', 'kind: Config'],
])('a file with %s is left to others', (_, text) => {
  expect(plainIdentity(text, undefined)).toBeUndefined();
  expect(plainIdentity(config({}, { token: 't' }), 'another')).toBeUndefined();
});

test('a pod shows the token of the moment', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'self-scaling-pod-'));
  try {
    await writeFile(join(folder, 'ca.crt'), 'ca');
    const identity = podIdentity({ host: 'fd00::1', port: '443' }, folder);
    const seen: unknown[] = [];
    for (const token of ['first', 'second\n']) {
      await writeFile(join(folder, 'token'), token);
      const options: RequestOptions = {};
      await identity.applyToHTTPSOptions(options);
      seen.push(options);
    }
    expect(identity.getCurrentCluster()?.server).toBe('https://[fd00::1]:443');
    expect(seen).toEqual(
      ['first', 'second'].map((token) => ({
        ca: Buffer.from('ca'),
        headers: { Authorization: `Bearer ${token}` },
      })),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
