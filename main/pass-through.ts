import { readFile } from 'node:fs/promises';
import { passThrough, type PassThrough } from '../apiservice/pass-through.ts';
import { openUpstream, type UpstreamTrust } from '../apiservice/pass-through-upstream.ts';
import type { Meters } from '../api/meters.ts';
import { onEveryBeat } from '../domain/beat.ts';
import { systemClock } from '../domain/clock.ts';
import { refusal } from '../domain/errors.ts';
import { minutes } from '../domain/units.ts';
import type { Parts } from './parts.ts';

/**
 * The API that metrics which are not ours are asked of, as `passThrough` says; `undefined` when off. Its
 * authority and our token are read anew each minute: tokens of pods are short-lived.
 *
 * @throws {SelfScalingError} `CONFIG_INVALID` when it is on, and not said where or whom to trust.
 */
export async function openPassThrough(
  house: AsyncDisposableStack,
  { config, life, log }: Parts,
  meters: Meters,
): Promise<PassThrough | undefined> {
  const { enabled, host, port, serverName, caFile, tokenFile } = config.passThrough;
  if (!enabled) return undefined;
  if (host === '') throw refusal('CONFIG_INVALID', 'passThrough.host: name the other metrics API');
  const read = async (): Promise<UpstreamTrust> => ({
    ca: await contents('caFile', caFile),
    token: (await contents('tokenFile', tokenFile)).trim(),
  });
  let trust = await read();
  void onEveryBeat(
    minutes(1),
    async () => void (trust = await read()),
    (error) =>
      log.warn({ err: error }, 'the token for the upstream was not read anew; the last one holds'),
    systemClock,
    life.stopped,
  );
  const place = { host, port, serverName: serverName === '' ? host : serverName };
  const upstream = house.use(openUpstream(place, () => trust));
  const answered = (code: number): void =>
    meters.count('external_metrics_passed_through_total', { code });
  log.info(place, 'metrics that are not ours are asked of another API');
  return passThrough(upstream, { log, answered });
}

async function contents(setting: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw refusal('CONFIG_INVALID', `passThrough.${setting}: "${file}" cannot be read`, { cause });
  }
}
