import type { Config } from '../config/schema.ts';
import { bootstrap, type BootstrapFlags } from './bootstrap.ts';
import { handBack } from './hand-back.ts';
import { openLogger } from './logger.ts';
import { register } from './register.ts';

type Flags = BootstrapFlags & {
  readonly register?: string | undefined;
  readonly handBack: boolean;
};

/** What `bootstrap` tells; `isNo` when what was asked for may not be done. */
export async function runBootstrapCommand(
  config: Config,
  flags: Flags,
): Promise<{ readonly lines: readonly string[]; readonly isNo: boolean }> {
  const log = openLogger({ level: config.log.level, role: 'bootstrap', descriptor: 2 });
  const { signal } = new AbortController();
  if (flags.handBack) {
    const { lines, taken } = await handBack(config, log, signal);
    return { lines, isNo: taken };
  }
  if (flags.register !== undefined) {
    return { lines: await register(config, flags.register, log, signal), isNo: false };
  }
  return { lines: await bootstrap(config, flags, log, signal), isNo: false };
}
