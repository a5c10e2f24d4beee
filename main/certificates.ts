import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { keepCertificates, type ServedCertificates } from '../apiservice/rotation.ts';
import { systemClock } from '../domain/clock.ts';
import { isRefusal, refusal } from '../domain/errors.ts';
import { durationMs, seconds } from '../domain/units.ts';
import { secretObject } from '../kube/secrets.ts';
import { certificateDirectory } from './certificate-directory.ts';
import { certificateSecrets } from './certificate-secrets.ts';
import type { Cluster } from './cluster.ts';
import type { Log } from '../domain/log.ts';
import type { Parts } from './parts.ts';

/** Making two key pairs takes a moment; a lock that is older was left by somebody who was killed. */
const ABANDONED = seconds(30);
const LOOK_AGAIN = durationMs(200);
const ASK_AGAIN = seconds(2);

/** What of a process certificates need. */
type Needs = Pick<Parts, 'clock' | 'config'> & {
  readonly life: Pick<Parts['life'], 'stopped'>;
  readonly log: Log;
};

/** Certificates in force; `round` looks after them, and tells whether they have changed. */
export type Certificates = {
  current(): ServedCertificates;
  round(): Promise<boolean>;
};

/**
 * Makes what is missing, and renews what is due with each `round`. For the leader, and for everybody once at the start:
 * several processes over one folder, or one pair of Secrets, make one authority, whoever comes first. Certificates that
 * are `given` are only looked at.
 *
 * @param kube without a cluster there are no Secrets.
 */
export async function ensureCertificates(parts: Needs, kube?: Kube): Promise<Certificates> {
  const { clock, config, life, log } = parts;
  if (config.adapter.certificates === 'given') return await readCertificates(parts, kube);
  const secrets = secretsOf(parts, kube);
  const now = () => clock.now();
  if (secrets === undefined) {
    const { certificateDirectory: folder } = config.adapter;
    await using alone = new AsyncDisposableStack();
    alone.use(await lock(folder, life.stopped));
    return await keepCertificates(certificateDirectory(folder), namesOf(parts), now, log);
  }
  const keep = async () => {
    const made = await keepCertificates(secrets, namesOf(parts), now, log);
    await secrets.align(made.current().caBundle);
    return made;
  };
  let kept = await untilAnswered(parts, keep);
  return {
    current: () => kept.current(),
    async round() {
      try {
        const isNew = await kept.round();
        await secrets.align(kept.current().caBundle);
        return isNew;
      } catch (error) {
        if (!isRefusal(error, 'KUBE_CONFLICT')) throw error;
        // Somebody else wrote: what is there now counts.
        kept = await keep();
        return true;
      }
    },
  };
}

/** The certificates as they stand, whoever made them. Resolves when there are some. */
export async function readCertificates(parts: Needs, kube?: Kube): Promise<Certificates> {
  const { config, life, log } = parts;
  const secrets = secretsOf(parts, kube);
  const folder = certificateDirectory(config.adapter.certificateDirectory);
  const read = secrets ? () => untilAnswered(parts, () => secrets.served()) : () => folder.served();
  let held = await read();
  if (held === undefined) {
    log.warn(
      { folder: config.adapter.certificateDirectory, secret: config.adapter.certificateSecret },
      'there are no certificates yet; a controller makes them, or put ca.crt, adapter.crt and adapter.key there',
    );
  }
  while (held === undefined) {
    await systemClock.sleep(LOOK_AGAIN, life.stopped);
    held = await read();
  }
  let current = held;
  return {
    current: () => current,
    async round() {
      const next = await (secrets ? secrets.served() : folder.served());
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

type Kube = Cluster['kube'];

function namesOf({ config: { adapter, controller } }: Needs): readonly string[] {
  const keda = `${adapter.serviceName}-keda`;
  const services = [adapter.serviceName, controller.serviceName, keda].flatMap((name) => [
    name,
    `${name}.${adapter.serviceNamespace}.svc`,
    `${name}.${adapter.serviceNamespace}.svc.cluster.local`,
  ]);
  return [...services, 'localhost', '127.0.0.1', '::1'];
}

function secretsOf({ config: { adapter, kube: place }, life }: Needs, kube: Kube | undefined) {
  const { authoritySecret, certificateSecret } = adapter;
  if (kube === undefined || certificateSecret === '') return undefined;
  const named = (name: string) => secretObject(kube, { namespace: place.ownNamespace, name });
  return certificateSecrets(
    { authority: named(authoritySecret), serving: named(certificateSecret) },
    life.stopped,
  );
}

/** Somebody else may have written meanwhile, and the API server may not be there yet: both are asked again. */
async function untilAnswered<T>({ life, log }: Needs, ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isRefusal(error, 'KUBE_CONFLICT') && !isRefusal(error, 'KUBE_UNAVAILABLE')) throw error;
      log.warn({ err: error }, 'the certificates could not be read or made; trying again');
      await systemClock.sleep(ASK_AGAIN, life.stopped);
    }
  }
}

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
