import { expect, test } from 'vitest';
import { isRefusal, refusal } from '../domain/errors.ts';
import type { SecretObject } from '../kube/secrets.ts';
import { certificateSecrets } from './certificate-secrets.ts';

const { signal } = new AbortController();
const PAIR = { cert: 'cert', key: 'key' };

/** A Secret as the API server keeps it. */
function secret(): SecretObject & { members: Map<string, string> } {
  let version = 1;
  const members = new Map<string, string>();
  const found = () => ({ members: new Map(members), resourceVersion: String(version) });
  return {
    members,
    read: async () => found(),
    async write(wanted, { resourceVersion }) {
      if (resourceVersion !== String(version)) throw refusal('KUBE_CONFLICT', 'changed');
      version += 1;
      for (const [name, text] of Object.entries(wanted)) members.set(name, text);
      return found();
    },
  };
}
const two = () => ({ authority: secret(), serving: secret() });

test('a pair that was written is read by whoever comes later, and its key by nobody who mounts', async () => {
  const secrets = two();
  await certificateSecrets(secrets, signal).write('ca', PAIR);
  expect(await certificateSecrets(secrets, signal).read('ca')).toEqual(PAIR);
  expect([...secrets.serving.members]).toEqual([]);
});

test('what is served needs the certificate, its key and whom to believe', async () => {
  const secrets = two();
  const keeper = certificateSecrets(secrets, signal);
  await keeper.write('adapter', PAIR);
  expect(await keeper.served()).toBeUndefined();
  await keeper.align('bundle');
  expect(await keeper.served()).toEqual({ ...PAIR, caBundle: 'bundle' });
});

test('of two that found nothing and make an authority, one has a conflict and takes the other’s', async () => {
  const secrets = two();
  const [one, other] = [certificateSecrets(secrets, signal), certificateSecrets(secrets, signal)];
  expect([await one.read('ca'), await other.read('ca')]).toEqual([undefined, undefined]);
  await one.write('ca', PAIR);
  const late = await other.write('ca', { cert: 'late', key: 'late' }).catch((e: unknown) => e);
  expect(isRefusal(late, 'KUBE_CONFLICT')).toBe(true);
  expect(await other.read('ca')).toEqual(PAIR);
});

test('nothing is written where the right bundle stands', async () => {
  const secrets = two();
  const keeper = certificateSecrets(secrets, signal);
  await keeper.align('bundle');
  const { resourceVersion } = await secrets.serving.read(signal);
  await keeper.align('bundle');
  expect((await secrets.serving.read(signal)).resourceVersion).toBe(resourceVersion);
});
