import { readFileSync } from 'node:fs';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { parseDuration } from '../config/setting.ts';
import { refusal } from '../domain/errors.ts';
import type { DurationMs } from '../domain/units.ts';

/** What every command that reads the configuration takes. */
export type CommonFlags = {
  readonly config?: string;
  readonly set: readonly string[];
  readonly logLevel?: string;
};

/**
 * The configuration of this process: its flags, its environment, its file.
 * @throws {SelfScalingError} `CONFIG_INVALID` with every mistake.
 */
export function configOf(flags: CommonFlags): Config {
  const level = flags.logLevel === undefined ? [] : [`log.level=${flags.logLevel}`];
  return loadConfig({
    ...(flags.config === undefined ? {} : { file: readFile(flags.config) }),
    environment: process.env,
    flags: [...flags.set, ...level],
  });
}

function readFile(name: string): { name: string; text: string } {
  try {
    return { name, text: readFileSync(name, 'utf8') };
  } catch (cause) {
    throw refusal(
      'CONFIG_INVALID',
      `${name}: cannot be read; name an existing file with --config`,
      {
        cause,
      },
    );
  }
}

/** @throws {SelfScalingError} `CONFIG_INVALID` when a flag is no duration. */
export function durationFlag(flag: string, written: string): DurationMs {
  const parsed = parseDuration(written);
  if (parsed.ok) return parsed.value;
  throw refusal('CONFIG_INVALID', `${flag}: "${written}" is not a duration such as 90s, 15m or 6h`);
}

/** The version in package.json: the only place it stands. */
export function versionOf(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { version } = /"version":\s*"(?<version>[^"]+)"/.exec(text)?.groups ?? {};
  return version ?? 'unknown';
}
