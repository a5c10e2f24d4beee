import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { keepCertificates } from '../apiservice/rotation.ts';
import { systemClock } from '../domain/clock.ts';
import { refusal } from '../domain/errors.ts';
import { durationMs, seconds } from '../domain/units.ts';
import { certificateDirectory } from './certificate-directory.ts';
import type { Parts } from './parts.ts';

/** Making two key pairs takes a moment; a lock that is older was left by somebody who was killed. */
const ABANDONED = seconds(30);
const LOOK_AGAIN = durationMs(200);

/**
 * Makes what is missing in the folder of certificates, and renews what is due with each `round`. For the leader, and for
 * everybody once at the start: several processes over one folder make one authority, whoever comes first.
 */
export async function ensureCertificates(parts: Parts) {
  const { clock, config, life, log } = parts;
  const { certificateDirectory: folder, serviceName, serviceNamespace } = config.adapter;
  const services = [serviceName, config.controller.serviceName].flatMap((name) => [
    `${name}.${serviceNamespace}.svc`,
    `${name}.${serviceNamespace}.svc.cluster.local`,
  ]);
  const names = [...services, 'localhost', '127.0.0.1', '::1'];
  await using alone = new AsyncDisposableStack();
  alone.use(await lock(folder, life.stopped));
  return await keepCertificates(certificateDirectory(folder), names, () => clock.now(), log);
}

/**
 * The certificates as they stand in the folder, whoever put them there. Resolves when there are some.
 *
 * `round` reads them anew and tells whether they have changed.
 */
export async function readCertificates({ config, life, log }: Parts) {
  const directory = certificateDirectory(config.adapter.certificateDirectory);
  const read = async () => {
    const [ca, leaf] = [await directory.read('ca'), await directory.read('adapter')];
    return ca === undefined || leaf === undefined ? undefined : { ...leaf, caBundle: ca.cert };
  };
  let held = await read();
  if (held === undefined) {
    log.warn(
      { folder: config.adapter.certificateDirectory },
      'there are no certificates yet; a controller makes them, or put ca.crt, ca.key, adapter.crt and adapter.key there',
    );
  }
  while (held === undefined) {
    await systemClock.sleep(LOOK_AGAIN, life.stopped);
    held = await read();
  }
  let current = held;
  return {
    current: () => current,
    async round(): Promise<boolean> {
      const next = await read();
      if (
        next === undefined ||
        (next.cert === current.cert && next.caBundle === current.caBundle)
      ) {
        return false;
      }
      current = next;
      return true;
    },
  };
}

export type ServedCertificates = Awaited<ReturnType<typeof readCertificates>>;
export type KeptCertificates = Awaited<ReturnType<typeof ensureCertificates>>;

/** One process at a time: a folder can be made only once. */
async function lock(folder: string, signal: AbortSignal): Promise<AsyncDisposable> {
  const path = join(folder, '.making');
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch(unusable(folder));
  for (;;) {
    const mine = await mkdir(path).then(
      () => true,
      (error: unknown) => (isThere(error) ? false : unusable(folder)(error)),
    );
    if (mine) return { [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
    const since = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => undefined,
    );
    if (since !== undefined && systemClock.now() - since > ABANDONED) {
      await rm(path, { recursive: true, force: true });
    }
    await systemClock.sleep(LOOK_AGAIN, signal);
  }
}

const isThere = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EEXIST';

const unusable =
  (folder: string) =>
  (cause: unknown): never => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw refusal(
      'CONFIG_INVALID',
      `adapter.certificateDirectory: ${folder} cannot be written (${why}); name another folder`,
      { cause },
    );
  };
