import { expect, test } from 'vitest';
import { silentLog } from '../domain/log.ts';
import { TEN } from '../test/builders.ts';
import { fakeClock } from '../test/fake-clock.ts';
import { toAuthConfig, watchAuthConfig } from './auth-config.ts';
import { fakeKube } from './fake-kube.ts';

const pem = (text: string) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
const full = {
  'client-ca-file': pem('client'),
  'requestheader-client-ca-file': pem('front'),
  'requestheader-username-headers': '["X-Remote-User"]',
  'requestheader-uid-headers': '["X-Remote-Uid"]',
  'requestheader-group-headers': '["X-Remote-Group"]',
  'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
  'requestheader-allowed-names': '["front-proxy-client"]',
};
const CONFIG_MAPS = '/api/v1/namespaces/kube-system/configmaps';
const configMap = (data: object, version = '5') => ({
  metadata: {
    name: 'extension-apiserver-authentication',
    namespace: 'kube-system',
    resourceVersion: version,
  },
  data,
});

test('the whole ConfigMap is read', () => {
  expect(toAuthConfig(full)).toEqual({
    clientCa: pem('client'),
    requestHeaderCa: pem('front'),
    usernameHeaders: ['X-Remote-User'],
    uidHeaders: ['X-Remote-Uid'],
    groupHeaders: ['X-Remote-Group'],
    extraHeaderPrefixes: ['X-Remote-Extra-'],
    allowedNames: ['front-proxy-client'],
    generation: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
  });
});

test('a cluster without a front proxy has only a client authority', () => {
  const config = toAuthConfig({ 'client-ca-file': pem('client') });

  expect(config).toMatchObject({ clientCa: pem('client'), usernameHeaders: [], allowedNames: [] });
  expect(config).not.toHaveProperty('requestHeaderCa');
});

test('the generation follows the content, not its order', () => {
  const turned = Object.fromEntries(Object.entries(full).toReversed());
  const other = { ...full, 'client-ca-file': pem('new') };

  expect(toAuthConfig(turned)?.generation).toBe(toAuthConfig(full)?.generation);
  expect(toAuthConfig(other)?.generation).not.toBe(toAuthConfig(full)?.generation);
});

test.each(['not JSON', '"a text"', '[1]', '{}'])(
  'allowed names that cannot be read (%s) are not "any name"',
  (names) => {
    expect(toAuthConfig({ ...full, 'requestheader-allowed-names': names })).toBeUndefined();
  },
);

async function watching(data: object) {
  const fake = fakeKube({ [CONFIG_MAPS]: [configMap(data)] });
  const warned: string[] = [];
  const log = { ...silentLog, warn: (_: object, sentence: string) => void warned.push(sentence) };
  const ports = { kube: fake.kube, clock: fakeClock(TEN), random: () => 0.5, log };
  const config = watchAuthConfig(ports);
  expect(config.current()).toBeUndefined();
  await config.ready;
  await fake.watched(CONFIG_MAPS);
  return { ...fake, config, warned };
}

test('a change applies at once; what cannot be read, and a deletion, leave the last good one', async () => {
  const { config, tell, warned } = await watching(full);
  const namesNow = () => config.current()?.allowedNames;
  const change = async (names: string) => {
    const data = { ...full, 'requestheader-allowed-names': names };
    await tell(CONFIG_MAPS, { type: 'MODIFIED', object: configMap(data, '6') });
  };

  expect(namesNow()).toEqual(['front-proxy-client']);
  await change('["new"]');
  expect(namesNow()).toEqual(['new']);
  await change('broken');
  expect(namesNow()).toEqual(['new']);
  await tell(CONFIG_MAPS, { type: 'DELETED', object: configMap(full, '7') });
  expect(namesNow()).toEqual(['new']);
  expect(warned).toHaveLength(1);
  await config[Symbol.asyncDispose]();
});

test('only this one object is asked for, so that a right on it suffices', async () => {
  const { config, asked } = await watching(full);

  expect(asked.map(({ query }) => query?.['fieldSelector'])).toEqual([
    'metadata.name=extension-apiserver-authentication',
  ]);
  await config[Symbol.asyncDispose]();
});

test('one authority for clients and front proxy, without allowed names, is warned of', async () => {
  const { config, warned } = await watching({
    ...full,
    'client-ca-file': pem('client') + pem('front'),
    'requestheader-allowed-names': '[]',
  });

  expect(warned).toEqual([expect.stringContaining('any client could speak for anybody')]);
  await config[Symbol.asyncDispose]();
});
