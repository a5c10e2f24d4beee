// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs its global
import 'reflect-metadata';
import { createPrivateKey, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate as ReadCertificate,
  X509CertificateGenerator,
  type Extension,
  type JsonGeneralName,
} from '@peculiar/x509';
import { days, epochMs, minutes, toDate, type DurationMs, type EpochMs } from '../domain/units.ts';

/** PEM; `cert` of an authority may hold a second, older one behind it. */
export type CertificatePair = { readonly cert: string; readonly key: string };

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const AUTHORITY_LIFE = days(3650);
const SERVING_LIFE = days(90);
/** A certificate is valid a little before it was made: clocks differ. */
const BACKDATED = minutes(5);
const SERIAL_BYTES = 16;

/** A new authority: ECDSA P-256, ten years. */
export async function createAuthority(now: EpochMs): Promise<CertificatePair> {
  const keys = await newKeys();
  const name = `CN=self-scaling-ca-${serialNumber()}`;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...validity(now, AUTHORITY_LIFE),
    serialNumber: serialNumber(),
    name,
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: pem(certificate), key: await keyPem(keys) };
}

/**
 * A serving certificate for DNS names and addresses: 90 days, but never longer than its authority.
 *
 * @param authority signs with its first certificate.
 */
export async function issueServing(
  authority: CertificatePair,
  names: readonly string[],
  now: EpochMs,
): Promise<CertificatePair> {
  const keys = await newKeys();
  const issuer = new ReadCertificate(firstCertificate(authority.cert));
  const { notBefore, notAfter } = validity(now, SERVING_LIFE);
  const extensions: Extension[] = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension(names.map(alternativeName)),
    await SubjectKeyIdentifierExtension.create(keys.publicKey),
    await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
  ];
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: 'CN=self-scaling-adapter',
    issuer: issuer.subject,
    notBefore,
    notAfter: notAfter < issuer.notAfter ? notAfter : issuer.notAfter,
    signingKey: await signingKey(authority.key),
    publicKey: keys.publicKey,
    signingAlgorithm: ALGORITHM,
    extensions,
  });
  return { cert: pem(certificate), key: await keyPem(keys) };
}

/** What we must know of a certificate to keep it. */
export type CertificateFacts = {
  readonly madeAt: EpochMs;
  readonly end: EpochMs;
  /** Whether it speaks for this DNS name or address. */
  covers(name: string): boolean;
  /** Whether the first certificate of this bundle has signed it. */
  isSignedBy(authority: string): boolean;
};

/** Reads the first certificate of a pair; `undefined` when it is none, or its key is not its key. */
export function certificateFacts({ cert, key }: CertificatePair): CertificateFacts | undefined {
  try {
    const certificate = new X509Certificate(firstCertificate(cert));
    if (!certificate.checkPrivateKey(createPrivateKey(key))) return undefined;
    return {
      madeAt: epochMs(certificate.validFromDate.getTime() + BACKDATED),
      end: epochMs(certificate.validToDate.getTime()),
      covers: (name) =>
        (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined,
      isSignedBy: (authority) =>
        certificate.verify(new X509Certificate(firstCertificate(authority)).publicKey),
    };
  } catch {
    return undefined;
  }
}

/** The first of a PEM bundle. */
export const firstCertificate = (bundle: string): string =>
  `${bundle.split(/(?<=-----END CERTIFICATE-----)/, 1)[0] ?? ''}\n`;

const newKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);

const alternativeName = (value: string): JsonGeneralName => ({
  type: isIP(value) === 0 ? 'dns' : 'ip',
  value,
});

/** Positive, and never beginning with a zero byte. */
function serialNumber(): string {
  const bytes = randomBytes(SERIAL_BYTES);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 1;
  return bytes.toString('hex');
}

function validity(now: EpochMs, life: DurationMs): { notBefore: Date; notAfter: Date } {
  return { notBefore: toDate(epochMs(now - BACKDATED)), notAfter: toDate(epochMs(now + life)) };
}

const pem = (certificate: ReadCertificate): string => `${certificate.toString('pem')}\n`;

const keyPem = async ({ privateKey }: webcrypto.CryptoKeyPair): Promise<string> =>
  `${PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', privateKey), 'PRIVATE KEY')}\n`;

const signingKey = (key: string): Promise<webcrypto.CryptoKey> =>
  webcrypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(key), ALGORITHM, false, ['sign']);
