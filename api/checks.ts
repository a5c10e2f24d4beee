import { seconds } from '../domain/units.ts';
import { within } from './patience.ts';

/** One part, asked whether it does its job. */
export type HealthCheck = {
  readonly name: string;
  readonly healthy: boolean;
  /** For the operator; no secret is in it. */
  readonly why?: string;
};

export interface Health {
  checks(signal: AbortSignal): Promise<readonly HealthCheck[]>;
}

const ANSWERED_WITHIN = seconds(5);

/** What fails, by name; checks that cannot be made, or not in 5 s, are a failure too. */
export async function failingOf(health: Health): Promise<readonly HealthCheck[]> {
  try {
    const checks = await within(ANSWERED_WITHIN, (signal) => health.checks(signal));
    return checks.filter(({ healthy }) => !healthy);
  } catch {
    return [{ name: 'checks', healthy: false, why: 'the checks could not be made in time' }];
  }
}
