import { createPrivateKey, X509Certificate } from 'node:crypto';
import { experimental, type ServerCredentials } from '@grpc/grpc-js';
import { refusal } from '../domain/errors.ts';

/** PEM: who we are, and the authorities whose clients may call. */
export type KedaIdentity = {
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string;
};

type Provider = Parameters<typeof experimental.createCertificateProviderServerCredentials>[0];
type Listeners<K extends 'addCaCertificateListener' | 'addIdentityCertificateListener'> = Set<
  Parameters<Provider[K]>[0]
>;

const CERTIFICATE =
  /-----BEGIN CERTIFICATE-----(?:(?!-----BEGIN)[\s\S])*-----END CERTIFICATE-----/g;
const BEGINNING = /-----BEGIN CERTIFICATE-----/g;

/**
 * Credentials that demand a client's certificate, and take another identity without closing.
 *
 * @throws {SelfScalingError} `CONFIG_INVALID` for what is no certificate with its key, or no authority; so does `renew`,
 *   and the last identity holds. Unchecked, the server would go on to listen and refuse everybody without a word.
 */
export function renewableCredentials(first: KedaIdentity): {
  readonly credentials: ServerCredentials;
  readonly renew: (next: KedaIdentity) => void;
} {
  let held = checked(first);
  const authorities: Listeners<'addCaCertificateListener'> = new Set();
  const identities: Listeners<'addIdentityCertificateListener'> = new Set();
  const authority = () => ({ caCertificate: Buffer.from(held.clientCa) });
  const identity = () => ({
    certificate: Buffer.from(held.cert),
    privateKey: Buffer.from(held.key),
  });
  // In a moment: the server listens for itself only when it has registered with the provider.
  const provider: Provider = {
    addCaCertificateListener(listener) {
      authorities.add(listener);
      queueMicrotask(() => listener(authority()));
    },
    removeCaCertificateListener: (listener) => void authorities.delete(listener),
    addIdentityCertificateListener(listener) {
      identities.add(listener);
      queueMicrotask(() => listener(identity()));
    },
    removeIdentityCertificateListener: (listener) => void identities.delete(listener),
  };
  return {
    credentials: experimental.createCertificateProviderServerCredentials(provider, provider, true),
    renew(next) {
      const before = held;
      held = checked(next);
      if (next.clientCa !== before.clientCa) authorities.forEach((told) => told(authority()));
      if (next.cert !== before.cert || next.key !== before.key) {
        identities.forEach((told) => told(identity()));
      }
    },
  };
}

/** A file may be read while it is written. */
function checked(identity: KedaIdentity): KedaIdentity {
  const { cert, key, clientCa } = identity;
  const authorities = clientCa.match(CERTIFICATE) ?? [];
  const areWhole = authorities.length === clientCa.match(BEGINNING)?.length;
  if (!areWhole || !authorities.every((pem) => isSound(() => new X509Certificate(pem)))) {
    throw refusal('CONFIG_INVALID', 'adapter.kedaClientCa: not all of it is whole certificates');
  }
  if (isSound(() => new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)))) {
    return identity;
  }
  throw refusal('CONFIG_INVALID', 'the certificate of KEDA’s scaler cannot be used with its key');
}

function isSound(read: () => unknown): boolean {
  try {
    return read() !== false;
  } catch {
    return false;
  }
}
