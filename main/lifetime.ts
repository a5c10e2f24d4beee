import type { Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import { seconds, type DurationMs } from '../domain/units.ts';

const HARD_DEADLINE = seconds(25);

/** The two signals of an orderly end: first nothing new is promised, then the loops end. */
export type Lifetime = Disposable & {
  /** A signal to end was received: `/readyz` fails, listeners go on serving. */
  readonly draining: AbortSignal;
  /** Loops end, children are told to. */
  readonly stopped: AbortSignal;
  /** Ends it from within, without waiting for the drain. */
  stop(reason: string): void;
};

type Process = {
  once(name: 'SIGTERM' | 'SIGINT', listener: (name: string) => void): unknown;
  exit(code: number): void;
};

/**
 * Listens for SIGTERM and SIGINT, once each: a second signal ends the process at once.
 *
 * @param drainFor how long listeners serve after the signal; 0 for the demo and for tools.
 */
export function openLifetime(
  program: Process,
  drainFor: DurationMs,
  clock: Clock,
  log: Log,
): Lifetime {
  const draining = new AbortController();
  const stopped = new AbortController();
  const closed = new AbortController();
  const never = new AbortController().signal;

  const end = async (reason: string): Promise<void> => {
    log.info({ reason }, 'draining');
    draining.abort(new Error(reason));
    if (drainFor > 0) await clock.sleep(drainFor, never);
    stopped.abort(new Error(reason));
  };
  const enforce = async (): Promise<void> => {
    await clock.sleep(HARD_DEADLINE, closed.signal);
    log.error({}, 'not everything closed in time; the process ends all the same');
    program.exit(1);
  };
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    program.once(name, () => {
      void end(name);
      enforce().catch(() => undefined); // everything closed in time
    });
  }
  return {
    draining: draining.signal,
    stopped: stopped.signal,
    stop: (reason) => {
      draining.abort(new Error(reason));
      stopped.abort(new Error(reason));
    },
    /** Everything has closed: the deadline is off. */
    [Symbol.dispose]: () => closed.abort(),
  };
}
