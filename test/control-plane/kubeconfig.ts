import { writeFile } from 'node:fs/promises';
import type { KeyPair } from './pki.ts';

/** Writes a kubeconfig with everything inside, so that the file can be carried about. JSON is YAML. */
export async function writeKubeconfig(
  file: string,
  server: string,
  ca: string,
  client: KeyPair,
): Promise<string> {
  const inline = (text: string): string => Buffer.from(text).toString('base64');
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': inline(ca) } }],
    users: [
      {
        name: 'test',
        user: {
          'client-certificate-data': inline(client.cert),
          'client-key-data': inline(client.key),
        },
      },
    ],
  };
  await writeFile(file, JSON.stringify(kubeconfig, undefined, 2), { mode: 0o600 });
  return file;
}
