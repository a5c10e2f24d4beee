import { expect, test } from 'vitest';
import { createMeters } from '../api/meters.ts';
import { loadConfig } from '../config/load.ts';
import { silentLog } from '../domain/log.ts';
import type { KeptCertificates } from './certificates.ts';
import type { Parts } from './parts.ts';
import { keepRegistered } from './serve-metrics.ts';

test('who leads no more hears of no change of the APIService', async () => {
  const listeners = new Set<() => void>();
  const applied = Promise.withResolvers<void>();
  const parts = { config: loadConfig({ environment: {}, flags: [] }), log: silentLog };
  const certificates = {
    current: () => ({ cert: '', key: '', caBundle: 'an authority' }),
    round: async () => false,
  } satisfies KeptCertificates;
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
