import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openKube } from './client.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'self-scaling-kube-'));
});
afterAll(() => rm(folder, { recursive: true }));

const configOf = (name: string, server: string) => `
apiVersion: v1
kind: Config
clusters: [{name: ${name}, cluster: {server: "${server}"}}]
users: [{name: ${name}, user: {token: t}}]
contexts: [{name: ${name}, context: {cluster: ${name}, user: ${name}}}]
current-context: ${name}
`;
const file = async (name: string, content: string) => {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
};

test('the current context of a kubeconfig is used, or the one that is named', async () => {
  const first = await file('a', configOf('a', 'https://a.example'));
  const second = await file('b', configOf('b', 'https://b.example/'));
  const kubeconfig = [first, second].join(delimiter);
  await using current = openKube({ kubeconfig });
  await using named = openKube({ kubeconfig, context: 'b' });

  expect([current.server, named.server]).toEqual(['https://a.example', 'https://b.example']);
});

test('without a kubeconfig and outside a pod the refusal says what to set', () => {
  expect(() => openKube({})).toThrow('set KUBECONFIG or kube.kubeconfig');
});

test.each([
  ['that is not there', undefined, 'ENOENT'],
  ['that is not YAML', 'a: [', 'cannot be used'],
  ['that is empty', '', 'cannot be used'],
  ['without clusters', 'apiVersion: v1\nkind: Config\n', 'names no cluster'],
])('a kubeconfig %s is refused', async (name, content, told) => {
  const kubeconfig =
    content === undefined
      ? join(folder, 'nowhere')
      : await file(name.replaceAll(' ', '-'), content);

  expect(() => openKube({ kubeconfig })).toThrow(told);
});

test('a context that is not in the file is refused with those that are', async () => {
  const kubeconfig = await file('c', configOf('c', 'https://c.example'));

  expect(() => openKube({ kubeconfig, context: 'zz' })).toThrow(
    'the kubeconfig context "zz" names no cluster with a server; its contexts: c',
  );
});
