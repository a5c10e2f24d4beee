import { refusal } from '../domain/errors.ts';
import { ratiosOf, type Cost } from '../forecast/replay/cost.ts';
import type { PolicyName } from '../forecast/replay/policies.ts';

/** A bound on the predictive policy's ratio to the reactive one. */
export type ReplayGate = { readonly name: 'shortMinutes' | 'podHours'; readonly bound: number };

const NAMES = ['shortMinutes', 'podHours'] as const;

/**
 * Reads `shortMinutes=0.64`.
 * @throws {SelfScalingError} `REQUEST_INVALID`, also when the policies it compares are not played.
 */
export function replayGate(written: string, policies: readonly PolicyName[]): ReplayGate {
  const [word, value, ...more] = written.split('=');
  const name = NAMES.find((known) => known === word);
  const bound = Number(value);
  if (name === undefined || more.length > 0 || !value || !(bound > 0)) {
    const message = `--gate is ${written}; write ${NAMES.join('=0.64 or ')}=1.00`;
    throw refusal('REQUEST_INVALID', message);
  }
  if (!policies.includes('reactive') || !policies.includes('predictive')) {
    const message = '--gate compares predictive with reactive: name both in --policies';
    throw refusal('REQUEST_INVALID', message);
  }
  return { name, bound };
}

/** One sentence for each gate that is missed. */
export function missedReplayGates(
  gates: readonly ReplayGate[],
  { reactive, predictive }: Readonly<Record<string, Cost>>,
): string[] {
  if (reactive === undefined || predictive === undefined) return [];
  const ratios = ratiosOf(predictive, reactive);
  return gates
    .filter(({ name, bound }) => ratios[name] > bound)
    .map(({ name, bound }) => `missed: ${name} is ${ratios[name].toFixed(3)}, bound ${bound}`);
}
