import type { Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import { durationMs, seconds } from '../domain/units.ts';

/** After a change the next ones follow at once: they are reconciled together. */
const SETTLE = seconds(1);
/** HPAs change all the time: rounds take no more than a tenth of it, however long one is. */
const PAUSE_PER_ROUND = 9;
/** The next beat is not much later. */
const LONGEST_PAUSE = seconds(30);

type Ports = {
  /** The answer stops it. */
  readonly onChange: (listener: () => void) => () => void;
  readonly clock: Clock;
  readonly log: Log;
};

/** A round soon after each change, until `signal` aborts; many changes make one round. */
export async function onEveryChange(
  { onChange, clock, log }: Ports,
  round: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let changed = false;
  let wake = (): void => {};
  const stop = onChange(() => {
    changed = true;
    wake();
  });
  signal.addEventListener('abort', () => wake(), { once: true });
  // A promise for each wait: one that lives as long as the process would keep every wait there has been.
  const change = async (): Promise<void> => {
    if (changed || signal.aborted) return;
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  };
  try {
    while (!signal.aborted) {
      await change();
      await clock.sleep(SETTLE, signal).catch(() => undefined);
      if (signal.aborted) return;
      changed = false;
      const begun = clock.monotonic();
      await round(signal).catch((error: unknown) => {
        if (!signal.aborted) log.debug({ err: error }, 'a change could not be reconciled yet');
      });
      const pause = Math.min(LONGEST_PAUSE, PAUSE_PER_ROUND * (clock.monotonic() - begun));
      await clock.sleep(durationMs(pause), signal).catch(() => undefined);
    }
  } finally {
    stop();
  }
}
