import { expect, test } from 'vitest';
import { createMeters } from '../api/meters.ts';
import { loadConfig } from '../config/load.ts';
import { silentLog } from '../domain/log.ts';
import type { Certificates } from './certificates.ts';
import type { Parts } from './parts.ts';
import { keepRegistered, reachWatch } from './serve-metrics.ts';

test('who leads no more hears of no change of the APIService', async () => {
  const listeners = new Set<() => void>();
  const applied = Promise.withResolvers<void>();
  const parts = { config: loadConfig({ environment: {}, flags: [] }), log: silentLog };
  const certificates = {
    current: () => ({ cert: '', key: '', caBundle: 'an authority' }),
    round: async () => false,
  } satisfies Certificates;
  const object = {
    get: async () => undefined,
    apply: async () => applied.resolve(),
    onChange(listener: () => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const leads = new AbortController();
  const registered = keepRegistered(
    parts as unknown as Parts,
    { object, certificates, meters: createMeters(), port: 443 },
    leads.signal,
  );
  await applied.promise;
  expect(listeners.size).toBe(1);
  leads.abort();
  await registered;
  expect(listeners.size).toBe(0);
});

test('whose the APIService is becomes an Event when it changes, not with each look', async () => {
  const told: string[] = [];
  const parts = { config: loadConfig({ environment: {}, flags: [] }), log: silentLog };
  const certificates = {
    current: () => ({ cert: '', key: '', caBundle: 'an authority' }),
    round: async () => false,
  } satisfies Certificates;
  let [owner, look] = ['theirs', (): void => {}];
  let looked = Promise.withResolvers<void>();
  const object = {
    async get() {
      setImmediate(looked.resolve);
      const { serviceNamespace } = parts.config.adapter;
      return { serviceNamespace, serviceName: owner, resourceVersion: '1', available: true };
    },
    apply: async () => {},
    onChange(listener: () => void) {
      look = listener;
      return () => {};
    },
  };
  const meters = createMeters();
  const leads = new AbortController();
  const ports = { object, certificates, meters, port: 443 };
  const registered = keepRegistered(
    parts as unknown as Parts,
    { ...ports, tell: ({ reason, regarding }) => told.push(`${reason} ${regarding.name}`) },
    leads.signal,
  );
  const after = async (now: string): Promise<readonly string[]> => {
    await looked.promise;
    looked = Promise.withResolvers();
    owner = now;
    look();
    await looked.promise;
    return [...told];
  };
  const taken = 'APIServiceTaken self-scaling-adapter';
  const ours = 'APIServiceRegistered self-scaling-adapter';
  expect(await after('theirs')).toEqual([taken]);
  expect(await after('self-scaling-adapter')).toEqual([taken, ours]);
  expect((await meters.expose()).text).toMatch(/^self_scaling_api_service_owned 1$/m);
  expect(await after('theirs')).toEqual([taken, ours, taken]);
  leads.abort();
  await registered;
});

test('an API service that the API server does not reach is told once, and its return', async () => {
  const told: string[] = [];
  const log = {
    ...silentLog,
    info: (_: object, sentence: string) => told.push(sentence),
    warn: ({ reason }: { reason?: string }) => told.push(reason ?? ''),
  };
  let available = false;
  const get = async () => ({ resourceVersion: '1', available, reason: 'ServiceNotFound' });
  const look = reachWatch({ get }, log);
  const { signal } = new AbortController();
  await look(signal);
  expect(told).toEqual([]); // it takes a moment until a new one is reached
  await look(signal);
  await look(signal);
  expect(told).toEqual(['ServiceNotFound']);
  available = true;
  await look(signal);
  await look(signal);
  expect(told).toEqual(['ServiceNotFound', 'the API server reaches the metrics API again']);
});
