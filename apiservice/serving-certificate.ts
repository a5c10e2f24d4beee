import { constants, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { refusal } from '../domain/errors.ts';
import type { EpochMs } from '../domain/units.ts';
import type { Check } from './health.ts';

/** PEM. */
export type ServingCertificate = { readonly cert: string; readonly key: string };

/** The only place where they are made: a reload without `secureOptions` would bring tickets back. */
export const tlsOptions = (certificate: ServingCertificate | undefined): SecureContextOptions => ({
  ...certificate,
  minVersion: 'TLSv1.2',
  secureOptions: constants.SSL_OP_NO_TICKET,
});

/**
 * The certificate in use, and the check that knows whether it may be.
 * @throws {SelfScalingError} `CONFIG_INVALID` when it is no certificate with its key; the last one stays.
 */
export function loadedCertificate(first: ServingCertificate | undefined, now: () => EpochMs) {
  let loaded: { pair: ServingCertificate; end: number } | undefined;
  const load = (pair: ServingCertificate): ServingCertificate => {
    try {
      createSecureContext(tlsOptions(pair));
      loaded = { pair, end: new X509Certificate(pair.cert).validToDate.getTime() };
      return pair;
    } catch (cause) {
      throw refusal('CONFIG_INVALID', 'the serving certificate and its key do not fit', { cause });
    }
  };
  if (first !== undefined) load(first);
  const check: Check = {
    name: 'certificate',
    failing: () => {
      if (loaded === undefined) return 'serving certificate: not written yet';
      return now() > loaded.end ? 'serving certificate: expired' : undefined;
    },
  };
  return { load, check, current: () => loaded?.pair };
}
