import type { Meters } from '../api/meters.ts';
import type { Config } from '../config/schema.ts';
import { systemClock, type Clock } from '../domain/clock.ts';
import type { DurationMs } from '../domain/units.ts';
import { versionOf } from './command-line.ts';
import { openLifetime } from './lifetime.ts';
import { openLogger, type Logger } from './logger.ts';
import { storeWatch } from './observed-store.ts';
import { openDirectStore, openSpillingStore, untilTokenIsThere } from './open-store.ts';
import type { Parts } from './parts.ts';
import { runBoard } from './run-board.ts';
import { settingsMirror } from './settings-mirror.ts';
import { tracedBoard } from './traced.ts';
import { openTracing } from './tracing.ts';

type Options = {
  readonly role: string;
  /** How long listeners go on after a signal to end. */
  readonly drainFor: DurationMs;
  /** Whether this process collects, and so lets writes wait on disk. */
  readonly spills: boolean;
  readonly meters: Meters;
  readonly clock?: Clock;
  /** 1 where the log is all that a role prints. */
  readonly descriptor?: 1 | 2;
};

/** What every role stands on, opened; `house` closes the store last of all. */
export async function openParts(
  house: AsyncDisposableStack,
  config: Config,
  { role, drainFor, spills, meters, clock = systemClock, descriptor = 1 }: Options,
): Promise<Parts> {
  const log: Logger = openLogger({ level: config.log.level, role, descriptor });
  // First in, so last out: the deadline holds until all else has closed.
  const life = house.use(openLifetime(process, drainFor, systemClock, log));
  const now = () => clock.now();
  const version = versionOf();
  const tracing = house.use(await openTracing(config.tracing, { role, version }, log));
  const watch = storeWatch(meters, tracing);
  await untilTokenIsThere(config.store, log, life.stopped);
  const store = house.use(
    spills
      ? await openSpillingStore(config.store, log, now, watch)
      : await openDirectStore(config.store, log, watch),
  );
  const settings = settingsMirror(store);
  const board = tracedBoard(runBoard(store, systemClock, now, log), tracing);
  return { config, log, clock, life, store, settings, board, tracing, version };
}
