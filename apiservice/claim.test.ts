import { describe, expect, test } from 'vitest';
import type { DesiredApiService, FoundApiService } from '../domain/api-service.ts';
import { refusal } from '../domain/errors.ts';
import { silentLog } from '../domain/log.ts';
import { keepClaim, type ApiServiceObject } from './claim.ts';

const ours: DesiredApiService = {
  serviceNamespace: 'self-scaling',
  serviceName: 'self-scaling-adapter',
  port: 443,
  caBundle: 'OLD\n',
};
const found = (about: Partial<FoundApiService> = {}): FoundApiService => ({
  ...ours,
  resourceVersion: '7',
  available: true,
  ...about,
});
const kedas = found({ serviceNamespace: 'keda', serviceName: 'keda-metrics-apiserver' });
const { signal } = new AbortController();

/** A cluster with one APIService, or none. */
function cluster(object?: FoundApiService) {
  const applied: [DesiredApiService, string | undefined][] = [];
  const conflicts: FoundApiService[] = [];
  let held = object;
  const port: ApiServiceObject = {
    get: async () => held,
    async apply(desired, before) {
      const winner = conflicts.shift();
      if (winner !== undefined) {
        held = winner;
        throw refusal('KUBE_CONFLICT', 'somebody was faster');
      }
      applied.push([desired, before?.resourceVersion]);
      held = found(desired);
    },
  };
  return {
    port,
    applied,
    /** The next writes are lost to somebody who leaves this behind. */
    loseTo: (winner: FoundApiService) => conflicts.push(winner),
    put: (next: FoundApiService | undefined) => {
      held = next;
    },
  };
}

const claimOf = (port: ApiServiceObject, takeOver = false, desired = () => ours) =>
  keepClaim(port, desired, { takeOver }, silentLog);

const taken = expect.objectContaining({
  code: 'API_SERVICE_TAKEN',
  message: expect.stringContaining('keda/keda-metrics-apiserver'),
});

describe('a name that is free', () => {
  test('is claimed, and is ours', async () => {
    const { port, applied } = cluster();
    const claim = claimOf(port);
    expect(claim.owned()).toBeUndefined();
    await claim.round(signal);
    expect([applied, claim.owned()]).toEqual([[[ours, undefined]], true]);
  });

  test('is not written again while it is as it should be', async () => {
    const { port, applied } = cluster(found({ caBundle: 'OLD' }));
    const claim = claimOf(port);
    await claim.round(signal);
    await claim.round(signal);
    expect([applied, claim.owned()]).toEqual([[], true]);
  });

  test('gets a new bundle as soon as there is one', async () => {
    const { port, applied } = cluster(found());
    const bundle = { ...ours, caBundle: 'NEW\nOLD\n' };
    await claimOf(port, false, () => bundle).round(signal);
    expect(applied).toEqual([[bundle, '7']]);
  });

  test('is claimed again when somebody deletes it', async () => {
    const { port, applied, put } = cluster(found());
    const claim = claimOf(port);
    await claim.round(signal);
    put(undefined);
    await claim.round(signal);
    expect(applied).toEqual([[ours, undefined]]);
  });
});

describe('a name that somebody else holds', () => {
  test('is left alone, and the refusal names the owner', async () => {
    const { port, applied } = cluster(kedas);
    const claim = claimOf(port);
    await expect(claim.round(signal)).rejects.toThrow(taken);
    expect([applied, claim.owned()]).toEqual([[], false]);
  });

  test('is told of once, not on every beat', async () => {
    const { port, put } = cluster(kedas);
    const claim = claimOf(port);
    await expect(claim.round(signal)).rejects.toThrow(taken);
    await expect(claim.round(signal)).resolves.toBeUndefined();
    put(found({ serviceNamespace: 'monitoring', serviceName: 'prometheus-adapter' }));
    await expect(claim.round(signal)).rejects.toThrow('monitoring/prometheus-adapter');
  });

  test('may be the API server itself', async () => {
    const { port } = cluster({ resourceVersion: '1', available: true });
    await expect(claimOf(port).round(signal)).rejects.toThrow(
      'v1beta1.external.metrics.k8s.io belongs to the API server itself, which names no service; remove it there, or allow the take-over',
    );
  });

  test('is taken over when that was asked for', async () => {
    const { port, applied } = cluster(kedas);
    const claim = claimOf(port, true);
    await claim.round(signal);
    expect([applied, claim.owned()]).toEqual([[[ours, '7']], true]);
  });
});

describe('a name that is taken from us', () => {
  test('is given up, even by one who took it over: it is never a fight', async () => {
    const { port, applied, put } = cluster(kedas);
    const claim = claimOf(port, true);
    await claim.round(signal);
    put(kedas);
    await expect(claim.round(signal)).rejects.toThrow(taken);
    await claim.round(signal);
    expect([applied.length, claim.owned()]).toEqual([1, false]);
  });

  test('is ours again when it is handed back', async () => {
    const { port, put } = cluster(found());
    const claim = claimOf(port);
    await claim.round(signal);
    put(kedas);
    await expect(claim.round(signal)).rejects.toThrow(taken);
    put(found());
    await claim.round(signal);
    expect(claim.owned()).toBe(true);
  });

  test('in the very moment of our claim, is theirs', async () => {
    const { port, applied, loseTo } = cluster();
    loseTo(kedas);
    const claim = claimOf(port);
    await expect(claim.round(signal)).rejects.toThrow(taken);
    expect(applied).toEqual([]);
  });

  test('a change beside ours is looked at again', async () => {
    const { port, applied, loseTo } = cluster(found({ caBundle: 'x' }));
    loseTo(found({ caBundle: 'y', resourceVersion: '8' }));
    await claimOf(port).round(signal);
    expect(applied).toEqual([[ours, '8']]);
  });

  test('a name that changes again and again is tried again on the next beat', async () => {
    const { port, loseTo } = cluster(found({ caBundle: 'x' }));
    for (const caBundle of ['a', 'b', 'c']) loseTo(found({ caBundle }));
    await expect(claimOf(port).round(signal)).rejects.toThrow(
      expect.objectContaining({ code: 'KUBE_CONFLICT' }),
    );
  });
});
