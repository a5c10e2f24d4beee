import type { Config } from '../config/schema.ts';
import type { Clock } from '../domain/clock.ts';
import type { Lifetime } from './lifetime.ts';
import type { Logger } from './logger.ts';
import type { Store } from './open-store.ts';
import type { RunBoard } from './run-board.ts';
import type { SettingsMirror } from './settings-mirror.ts';
import type { Tracing } from './tracing.ts';

/** What every role stands on. */
export type Parts = {
  readonly config: Config;
  readonly log: Logger;
  /** The time that is lived in: the demo's runs fast. */
  readonly clock: Clock;
  readonly life: Lifetime;
  readonly store: Store;
  readonly settings: SettingsMirror;
  readonly board: RunBoard;
  readonly tracing: Tracing;
  readonly version: string;
};
