import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../control-plane/free-port.ts';
import { openNursery } from '../control-plane/nursery.ts';
import { programPath } from '../control-plane/programs.ts';
import { ask } from '../e2e/ask.ts';

type Wish = {
  /** Of somebody who may make reviews and read the authentication configuration. */
  readonly kubeconfig: string;
  readonly serving: { readonly cert: string; readonly key: string };
  /** What it serves: test/go-reference/known.ts. */
  readonly known: object;
  /** Added to its environment. */
  readonly env?: Readonly<Record<string, string>>;
};

const READY_WITHIN_MS = 60_000;

/** The metrics API of the Go library, listening on loopback when this resolves. */
export async function startGoReference({ kubeconfig, serving, known, env }: Wish) {
  const folder = await mkdtemp(join(tmpdir(), 'self-scaling-go-reference-'));
  const nursery = openNursery();
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  const port = await freePort();
  const program = nursery.start({
    name: 'go-reference',
    file: programPath('go-reference'),
    logFile: join(folder, 'go-reference.log'),
    env: { ...process.env, ...env },
    args: [
      ...['lister', 'authentication', 'authorization'].map(
        (what) => `--${what}-kubeconfig=${kubeconfig}`,
      ),
      `--secure-port=${port}`,
      '--bind-address=127.0.0.1',
      `--tls-cert-file=${await file('serving.crt', serving.cert)}`,
      `--tls-private-key-file=${await file('serving.key', serving.key)}`,
      `--fixture=${await file('known.json', JSON.stringify(known))}`,
    ],
  });
  const isReady = async (): Promise<boolean> =>
    (await ask(`https://127.0.0.1:${port}/readyz`, { timeoutMs: 2000 })).status === 200;
  await program.ready(isReady, READY_WITHIN_MS);
  return {
    port,
    pid: program.pid,
    logFile: program.logFile,
    async [Symbol.asyncDispose]() {
      await nursery[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
