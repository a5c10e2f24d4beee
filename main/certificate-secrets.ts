import type { CertificateKeeper } from '../apiservice/rotation.ts';
import type { FoundSecret, SecretObject } from '../kube/secrets.ts';

type Pair = { readonly cert: string; readonly key: string };

/**
 * Keeps the authority and the serving certificate in two Secrets. The first, which holds the authority's key, is
 * mounted nowhere; the second has the members `tls.crt`, `tls.key` and `ca.crt` that are usual, and is what adapters mount.
 *
 * Whoever decided on a Secret as it no longer is gets a conflict: of two that make certificates at once, one begins anew
 * with what the other made.
 */
export function certificateSecrets(
  secrets: { readonly authority: SecretObject; readonly serving: SecretObject },
  signal: AbortSignal,
): CertificateKeeper & {
  /** What all must believe stands beside what is served, whatever interrupted an earlier write. */
  align(caBundle: string): Promise<void>;
  served(): Promise<(Pair & { readonly caBundle: string }) | undefined>;
} {
  const [authority, serving] = [seen(secrets.authority, signal), seen(secrets.serving, signal)];
  return {
    read: async (name) =>
      name === 'ca' ? pairIn(await authority.read(), 'ca') : pairIn(await serving.read(), 'tls'),
    async write(name, { cert, key }) {
      if (name === 'ca') await authority.write({ 'ca.crt': cert, 'ca.key': key });
      else await serving.write({ 'tls.crt': cert, 'tls.key': key });
    },
    async align(caBundle) {
      if ((await serving.read()).get('ca.crt') !== caBundle) {
        await serving.write({ 'ca.crt': caBundle });
      }
    },
    async served() {
      const members = await serving.read();
      const leaf = pairIn(members, 'tls');
      const caBundle = members.get('ca.crt');
      return leaf === undefined || caBundle === undefined ? undefined : { ...leaf, caBundle };
    },
  };
}

type Members = FoundSecret['members'];

/** Writes only over what it has read last. */
function seen(secret: SecretObject, signal: AbortSignal) {
  let last: FoundSecret | undefined;
  return {
    async read(): Promise<Members> {
      last = await secret.read(signal);
      return last.members;
    },
    async write(members: Readonly<Record<string, string>>): Promise<void> {
      last = await secret.write(members, last ?? (await secret.read(signal)), signal);
    },
  };
}

function pairIn(members: Members, name: string): Pair | undefined {
  const [cert, key] = [members.get(`${name}.crt`), members.get(`${name}.key`)];
  return cert === undefined || key === undefined ? undefined : { cert, key };
}
