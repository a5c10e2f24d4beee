import { experimental, type ServerCredentials } from '@grpc/grpc-js';

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

/** Credentials that demand a client's certificate, and take another identity without closing. */
export function renewableCredentials(first: KedaIdentity): {
  readonly credentials: ServerCredentials;
  readonly renew: (next: KedaIdentity) => void;
} {
  let held = first;
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
      held = next;
      if (next.clientCa !== before.clientCa) authorities.forEach((told) => told(authority()));
      if (next.cert !== before.cert || next.key !== before.key) {
        identities.forEach((told) => told(identity()));
      }
    },
  };
}
