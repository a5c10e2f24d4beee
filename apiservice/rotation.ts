import type { Log } from '../domain/log.ts';
import { days, minutes, seconds, type EpochMs } from '../domain/units.ts';
import {
  certificateFacts,
  createAuthority,
  firstCertificate,
  issueServing,
  type CertificateFacts,
  type CertificatePair,
} from './certificates.ts';

/** Where certificates outlive us: `ca` is the authority, `adapter` what it signed for the adapter. */
export interface CertificateKeeper {
  read(name: 'ca' | 'adapter'): Promise<CertificatePair | undefined>;
  write(name: 'ca' | 'adapter', pair: CertificatePair): Promise<void>;
}

/** What is served, and what kube-apiserver must believe. */
export type ServedCertificates = CertificatePair & {
  /** PEM; during a change of authority both, the new one first. */
  readonly caBundle: string;
};

type Held = {
  readonly ca: CertificatePair | undefined;
  readonly leaf: CertificatePair | undefined;
};

type Step = 'new authority' | 'next authority' | 'issue' | 'retire' | undefined;

const RENEW_BEFORE = days(30);
/** By then every API server has read the bundle with the next authority. */
const BUNDLE_KNOWN_AFTER = seconds(60);
/** By then every adapter serves what the next authority signed. */
const LEAF_KNOWN_AFTER = minutes(10);
const MOST_STEPS = 4;

/**
 * Keeps an authority and a serving certificate for `names`, DNS names or addresses; makes what is
 * missing, and renews 30 days before an end.
 *
 * An authority changes in two phases, so that nobody ever meets a certificate they cannot verify: both
 * authorities stand in the bundle, then the next one signs, then the old one leaves.
 *
 * @returns `round`, for the beat: does what is due, tells whether anything changed. What could not be
 *   written is not in force: `round` then rejects, and `current` is as before.
 */
export async function keepCertificates(
  keeper: CertificateKeeper,
  names: readonly string[],
  now: () => EpochMs,
  log: Log,
) {
  let held: Held = { ca: await keeper.read('ca'), leaf: await keeper.read('adapter') };

  const take = async (step: Exclude<Step, undefined>): Promise<Held> => {
    const ca = await authorityAfter(step, held.ca, now());
    if (ca !== held.ca) await keeper.write('ca', ca);
    if (step !== 'issue') return { ...held, ca };
    const leaf = await issueServing(ca, names, now());
    await keeper.write('adapter', leaf);
    return { ca, leaf };
  };

  const round = async (): Promise<boolean> => {
    for (let taken = 0; taken < MOST_STEPS; taken += 1) {
      const step = stepDue(held, names, now());
      if (step === undefined) return taken > 0;
      held = await take(step);
      log.info({ step }, 'the certificates of the metrics API were renewed');
    }
    return true;
  };

  await round();
  const { ca: firstCa, leaf: firstLeaf } = held;
  if (firstCa === undefined || firstLeaf === undefined) throw new Error('round made neither');
  return {
    round,
    current(): ServedCertificates {
      const { ca = firstCa, leaf = firstLeaf } = held;
      return { ...leaf, caBundle: ca.cert };
    },
  };
}

/** What is due next; asked again until it is nothing. */
function stepDue({ ca, leaf }: Held, names: readonly string[], now: EpochMs): Step {
  const facts = ca && certificateFacts(ca);
  if (ca === undefined || facts === undefined || facts.end <= now) return 'new authority';
  const old = secondCertificate(ca.cert);
  if (old === undefined && isEnding(facts, now)) return 'next authority';
  const served = leaf && certificateFacts(leaf);
  if (served === undefined || !serves(served, names, now)) return 'issue';
  return stepOf(served, { facts, bundle: ca.cert, old }, now);
}

type Authority = {
  readonly facts: CertificateFacts;
  readonly bundle: string;
  /** The one that is leaving. */
  readonly old: string | undefined;
};

/** Signed by the old authority a certificate may wait for its time; signed by a stranger it may not. */
function stepOf(served: CertificateFacts, { facts, bundle, old }: Authority, now: EpochMs): Step {
  if (!served.isSignedBy(bundle)) {
    const isBelieved = old !== undefined && served.isSignedBy(old);
    return isBelieved && now - facts.madeAt < BUNDLE_KNOWN_AFTER ? undefined : 'issue';
  }
  if (isEnding(served, now) && served.end < facts.end) return 'issue';
  return old !== undefined && now - served.madeAt >= LEAF_KNOWN_AFTER ? 'retire' : undefined;
}

const isEnding = ({ end }: CertificateFacts, now: EpochMs): boolean => end - now < RENEW_BEFORE;

const serves = (served: CertificateFacts, names: readonly string[], now: EpochMs): boolean =>
  now < served.end && names.every((name) => served.covers(name));

async function authorityAfter(
  step: Exclude<Step, undefined>,
  before: CertificatePair | undefined,
  now: EpochMs,
): Promise<CertificatePair> {
  if (before === undefined || step === 'new authority') return createAuthority(now);
  if (step === 'issue') return before;
  if (step === 'retire') return { ...before, cert: firstCertificate(before.cert) };
  const next = await createAuthority(now);
  return { ...next, cert: next.cert + firstCertificate(before.cert) };
}

function secondCertificate(bundle: string): string | undefined {
  const rest = bundle.slice(firstCertificate(bundle).length - 1).trim();
  return rest === '' ? undefined : `${rest}\n`;
}
