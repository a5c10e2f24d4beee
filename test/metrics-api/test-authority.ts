// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs its global
import 'reflect-metadata';
import type { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { EpochMs } from '../../domain/units.ts';

/** A client as it stands on the wire: what it sends, and the key to it. */
export type Client = { readonly cert: string; readonly key: string };

export type TestAuthority = {
  readonly ca: string;
  /** A client's certificate; each part of the subject as it is given. */
  identify(subject: x509.JsonName, about?: About): Promise<Client>;
  /** An authority below this one. */
  intermediate(name: string): Promise<TestAuthority>;
};

type About = { readonly usage?: 'clientAuth' | 'serverAuth'; readonly expired?: boolean };
type Signer = { readonly name: x509.JsonName; readonly keys: webcrypto.CryptoKeyPair };

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const HOUR_MS = 3_600_000;
const newKeys = () => crypto.subtle.generateKey(ECDSA, true, ['sign', 'verify']);

/** An authority in memory, for certificates that no real one would issue as well. */
export async function testAuthority(name: string, now: EpochMs): Promise<TestAuthority> {
  const keys = await newKeys();
  const signer = { name: [{ CN: [name] }], keys };
  return authority(signer, await certificate(signer, signer, now, authorityExtensions()), now);
}

function authority(signer: Signer, ca: string, now: EpochMs): TestAuthority {
  return {
    ca,
    async identify(subject, { usage = 'clientAuth', expired = false } = {}) {
      const keys = await newKeys();
      const at = (expired ? now - 48 * HOUR_MS : now) as EpochMs;
      const extensions = [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[usage]]),
      ];
      const cert = await certificate({ name: subject, keys }, signer, at, extensions);
      return { cert, key: await keyPem(keys) };
    },
    async intermediate(name) {
      const below = { name: [{ CN: [name] }], keys: await newKeys() };
      return authority(below, await certificate(below, signer, now, authorityExtensions()), now);
    },
  };
}

const authorityExtensions = (): x509.Extension[] => [
  new x509.BasicConstraintsExtension(true, undefined, true),
  new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
];

async function certificate(
  subject: Signer,
  signer: Signer,
  at: EpochMs,
  extensions: x509.Extension[],
): Promise<string> {
  const made = await x509.X509CertificateGenerator.create({
    subject: subject.name,
    issuer: signer.name,
    publicKey: subject.keys.publicKey,
    signingKey: signer.keys.privateKey,
    signingAlgorithm: ECDSA,
    notBefore: new Date(at - HOUR_MS),
    notAfter: new Date(at + 24 * HOUR_MS),
    extensions,
  });
  return `${made.toString('pem')}\n`;
}

const keyPem = async ({ privateKey }: webcrypto.CryptoKeyPair): Promise<string> =>
  x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', privateKey), 'PRIVATE KEY');
