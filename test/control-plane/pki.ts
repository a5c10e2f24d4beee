// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs its global
import 'reflect-metadata';
import { generateKeyPairSync, type webcrypto } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';

/** A certificate and its key, as files and as text. */
export type KeyPair = {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
};

/** A certificate authority of its own, in the scratch folder. */
export type Authority = {
  readonly caFile: string;
  readonly ca: string;
  /** A certificate for a server under these DNS names and addresses. */
  serve(name: string, subjects: readonly string[]): Promise<KeyPair>;
  /** The same for one who is a client too. */
  both(name: string, subjects: readonly string[]): Promise<KeyPair>;
  /** A client's certificate: CN is the user, each O a group. */
  identify(user: string, groups?: readonly string[]): Promise<KeyPair>;
};

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const { serverAuth: SERVER, clientAuth: CLIENT } = x509.ExtendedKeyUsage;
const DAY_MS = 86_400_000;

/** Everything that a control plane must have before it starts. Never shared between two of them. */
export async function createPki(folder: string) {
  await mkdir(folder, { recursive: true });
  const [cluster, frontProxy] = await Promise.all([
    createAuthority(folder, 'ca'),
    createAuthority(folder, 'front-proxy-ca'),
  ]);
  return { cluster, frontProxy, serviceAccounts: await serviceAccountKeys(folder) };
}

export async function createAuthority(folder: string, name: string): Promise<Authority> {
  const keys = await ecdsaKeys();
  const self = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [name] }],
    keys,
    ...validity(),
    signingAlgorithm: ECDSA,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
    ],
  });
  const ca = self.toString('pem');
  const caFile = join(folder, `${name}.crt`);
  await writeFile(caFile, ca);

  let issued = 0;
  const issue = async (file: string, subject: x509.JsonName, extensions: x509.Extension[]) => {
    const own = await ecdsaKeys();
    const cert = await x509.X509CertificateGenerator.create({
      subject,
      issuer: self.subject,
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: ECDSA,
      ...validity(),
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        await x509.AuthorityKeyIdentifierExtension.create(self.publicKey),
        ...extensions,
      ],
    });
    issued += 1;
    return await write(
      folder,
      `${file}-${issued}`,
      cert.toString('pem'),
      await privatePem(own.privateKey),
    );
  };

  const issueFor = (file: string, subjects: readonly string[], usages: readonly string[]) =>
    issue(
      file,
      [{ CN: [subjects[0] ?? file] }],
      [
        new x509.ExtendedKeyUsageExtension([...usages]),
        new x509.SubjectAlternativeNameExtension(subjects.map(alternativeName)),
      ],
    );
  return {
    caFile,
    ca,
    serve: (file, subjects) => issueFor(file, subjects, [SERVER]),
    both: (file, subjects) => issueFor(file, subjects, [SERVER, CLIENT]),
    identify: (user, groups = []) =>
      issue(
        `client-${user.replaceAll(/[^\w.-]/g, '-')}`,
        // Each group is a name of its own, in the order that Kubernetes reads them.
        [...groups.map((group) => ({ O: [group] })), { CN: [user] }],
        [new x509.ExtendedKeyUsageExtension([CLIENT])],
      ),
  };
}

const alternativeName = (value: string): x509.JsonGeneralName => ({
  type: /^[\d.]+$/.test(value) ? 'ip' : 'dns',
  value,
});

/** An hour in the past, for machines whose clocks differ. */
const validity = () => ({
  notBefore: new Date(Date.now() - DAY_MS / 24),
  notAfter: new Date(Date.now() + 30 * DAY_MS),
});

const ecdsaKeys = () => crypto.subtle.generateKey(ECDSA, true, ['sign', 'verify']);

async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  const bytes = Buffer.from(await crypto.subtle.exportKey('pkcs8', key));
  return x509.PemConverter.encode(bytes, 'PRIVATE KEY');
}

async function write(folder: string, name: string, cert: string, key: string): Promise<KeyPair> {
  const certFile = join(folder, `${name}.crt`);
  const keyFile = join(folder, `${name}.key`);
  await writeFile(certFile, `${cert}\n`);
  await writeFile(keyFile, `${key}\n`, { mode: 0o600 });
  return { certFile, keyFile, cert, key };
}

/** The pair that tokens of service accounts are signed with: RSA, as Kubernetes' own tools make it. */
async function serviceAccountKeys(folder: string) {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const files = { publicFile: join(folder, 'sa.pub'), privateFile: join(folder, 'sa.key') };
  await writeFile(files.publicFile, publicKey);
  await writeFile(files.privateFile, privateKey, { mode: 0o600 });
  return files;
}
