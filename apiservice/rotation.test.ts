import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { silentLog } from '../domain/log.ts';
import { days, epochMs, minutes, seconds, type DurationMs, type EpochMs } from '../domain/units.ts';
import { TEN } from '../test/builders.ts';
import type { CertificatePair } from './certificates.ts';
import { keepCertificates } from './rotation.ts';

const NAMES = ['self-scaling-adapter.self-scaling.svc', 'localhost', '127.0.0.1', '::1'];

/** A keeper in memory; a moment that moves when told to. */
function story(stored: Partial<Record<'ca' | 'adapter', CertificatePair>> = {}) {
  const kept = new Map(Object.entries(stored));
  const writes: string[] = [];
  let at: EpochMs = TEN;
  let isFull = false;
  return {
    writes,
    kept,
    later: (by: DurationMs) => {
      at = epochMs(at + by);
    },
    fill: (full: boolean) => {
      isFull = full;
    },
    keep: (names: readonly string[] = NAMES) =>
      keepCertificates(
        {
          read: async (name) => kept.get(name),
          async write(name, pair) {
            if (isFull) throw new Error('no space left on device');
            writes.push(name);
            kept.set(name, pair);
          },
        },
        names,
        () => at,
        silentLog,
      ),
  };
}

const first = (pem: string): X509Certificate => new X509Certificate(pem);
const bundled = (pem: string): X509Certificate[] =>
  (pem.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? []).map(first);
const isBelieved = ({ cert, caBundle }: { cert: string; caBundle: string }): boolean =>
  bundled(caBundle).some((ca) => first(cert).checkIssued(ca) && first(cert).verify(ca.publicKey));

describe('from nothing', () => {
  test('an authority and a certificate are made, in that order', async () => {
    const { keep, writes } = story();
    const certificates = await keep();
    expect(writes).toEqual(['ca', 'adapter']);
    expect(isBelieved(certificates.current())).toBe(true);
  });

  test('the certificate serves every name and address, for 90 days, and signs nothing', async () => {
    const { keep } = story();
    const leaf = first((await keep()).current().cert);
    expect(leaf.subjectAltName).toBe(
      'DNS:self-scaling-adapter.self-scaling.svc, DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
    );
    expect(leaf.validToDate.getTime() - TEN).toBe(days(90));
    expect([leaf.ca, leaf.keyUsage]).toEqual([false, ['1.3.6.1.5.5.7.3.1']]);
  });

  test('the authority lives ten years', async () => {
    const { keep } = story();
    const ca = first((await keep()).current().caBundle);
    expect([ca.ca, ca.validToDate.getTime() - TEN]).toEqual([true, days(3650)]);
  });
});

describe('what is there is kept', () => {
  test('by the next process as well', async () => {
    const one = story();
    const before = (await one.keep()).current();
    const other = story(Object.fromEntries(one.kept));
    expect((await other.keep()).current()).toEqual(before);
    expect(other.writes).toEqual([]);
  });

  test('a quiet hour changes nothing', async () => {
    const { keep, later, writes } = story();
    const certificates = await keep();
    later(minutes(60));
    expect(await certificates.round()).toBe(false);
    expect(writes).toHaveLength(2);
  });
});

describe('the certificate', () => {
  test('is renewed 30 days before its end, by the same authority', async () => {
    const { keep, later, writes } = story();
    const certificates = await keep();
    const { caBundle } = certificates.current();
    later(days(60));
    expect(await certificates.round()).toBe(false);
    later(minutes(1));
    expect(await certificates.round()).toBe(true);
    expect(writes).toEqual(['ca', 'adapter', 'adapter']);
    expect(certificates.current().caBundle).toBe(caBundle);
  });

  test('is made anew when a name is missing', async () => {
    const { keep, writes } = story();
    await keep(['old.svc']);
    const leaf = first((await keep(['new.svc'])).current().cert);
    expect([leaf.subjectAltName, writes]).toEqual(['DNS:new.svc', ['ca', 'adapter', 'adapter']]);
  });

  test.each([
    ['is no certificate', { cert: 'garbage', key: 'garbage' }],
    ['is empty', { cert: '', key: '' }],
  ])('is made anew when what is stored %s', async (_, adapter) => {
    const { keep, kept, writes } = story();
    await keep();
    kept.set('adapter', adapter);
    expect(isBelieved((await keep()).current())).toBe(true);
    expect(writes).toEqual(['ca', 'adapter', 'adapter']);
  });

  test('is made anew when its key is another’s', async () => {
    const { keep, kept } = story();
    const { cert } = (await keep()).current();
    const stranger = (await story().keep()).current();
    kept.set('adapter', { cert, key: stranger.key });
    expect((await keep()).current().cert).not.toBe(cert);
  });

  test('that could not be written is not in force', async () => {
    const { keep, later, fill } = story();
    const certificates = await keep();
    const before = certificates.current();
    later(days(61));
    fill(true);
    await expect(certificates.round()).rejects.toThrow('no space left');
    expect(certificates.current()).toEqual(before);
    fill(false);
    expect(await certificates.round()).toBe(true);
  });
});

describe('the authority', () => {
  test('changes in two phases, and whatever is served can be verified all along', async () => {
    const { keep, later } = story();
    const certificates = await keep();
    const seen: { bundle: number; isNewLeaf: boolean; isBelieved: boolean }[] = [];
    const old = first(certificates.current().caBundle);
    const look = async (after: DurationMs): Promise<void> => {
      later(after);
      await certificates.round();
      const { cert, caBundle } = certificates.current();
      seen.push({
        bundle: bundled(caBundle).length,
        isNewLeaf: !first(cert).verify(old.publicKey),
        isBelieved: isBelieved({ cert, caBundle }),
      });
    };
    await look(days(3591)); // the leaf is long over: it is made anew by the old authority
    await look(days(30)); // both end within 30 days: the next authority joins the bundle
    await look(seconds(59));
    await look(seconds(1)); // the bundle is known everywhere: the next authority signs
    await look(minutes(9));
    await look(minutes(1)); // the new leaf is served everywhere: the old authority leaves
    expect(seen).toEqual([
      { bundle: 1, isNewLeaf: false, isBelieved: true },
      { bundle: 2, isNewLeaf: false, isBelieved: true },
      { bundle: 2, isNewLeaf: false, isBelieved: true },
      { bundle: 2, isNewLeaf: true, isBelieved: true },
      { bundle: 2, isNewLeaf: true, isBelieved: true },
      { bundle: 1, isNewLeaf: true, isBelieved: true },
    ]);
  });

  test('never signs a certificate that would outlive it', async () => {
    const { keep, later } = story();
    const certificates = await keep();
    later(days(3600));
    await certificates.round();
    const { cert, caBundle } = certificates.current();
    expect(first(cert).validTo).toBe(first(caBundle).validTo);
    expect(await certificates.round()).toBe(false);
  });

  test('that cannot be read is made anew, with its certificate', async () => {
    const { keep, kept, writes } = story();
    await keep();
    kept.set('ca', { cert: 'garbage', key: 'garbage' });
    expect(isBelieved((await keep()).current())).toBe(true);
    expect(writes).toEqual(['ca', 'adapter', 'ca', 'adapter']);
  });
});
