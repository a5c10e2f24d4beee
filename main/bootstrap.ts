import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import type { Log } from '../domain/log.ts';
import { days } from '../domain/units.ts';
import { bootstrapInflux } from '../store/bootstrap.ts';
import { bucketsOf } from './open-store.ts';

const ISSUES_KEPT = days(2);
const SECRET_BYTES = 32;
const ADMIN = 'admin-token';

/**
 * Makes an InfluxDB 2 ready and leaves each token in a file of its own, readable by us alone. May be repeated, also
 * after a crash: the operator's token is kept before InfluxDB is told of it, and a token whose file is missing is renewed.
 */
export async function runBootstrap(
  config: Config,
  directory: string,
  log: Log,
  signal: AbortSignal,
): Promise<readonly string[]> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const adminToken = (await tokenIn(directory, ADMIN)) ?? randomBytes(SECRET_BYTES).toString('hex');
  await keep(directory, ADMIN, adminToken);
  const { historyRetention, futureRetention, evalRetention, url, org, timeout } = config.store;
  const scopes = ['controller', 'trainer', 'adapter', 'all', 'grafana'] as const;
  const missing = await Promise.all(
    scopes.map(async (scope) => ((await tokenIn(directory, `${scope}-token`)) ? [] : [scope])),
  );
  const outcome = await bootstrapInflux(
    {
      url,
      org,
      username: 'self-scaling',
      password: randomBytes(SECRET_BYTES).toString('hex'),
      adminToken,
      buckets: bucketsOf(config.store),
      retention: {
        history: historyRetention,
        future: futureRetention,
        issue: ISSUES_KEPT,
        eval: evalRetention,
        system: 'forever',
      },
      renew: missing.flat(),
      timeoutMs: timeout,
    },
    log,
    signal,
  );
  for (const [scope, token] of outcome.tokens) await keep(directory, `${scope}-token`, token);
  return [
    ...outcome.made.map((one) => `made   ${one}`),
    ...outcome.found.map((one) => `found  ${one}`),
    `tokens are in ${directory}; start with --set store.kind=influx2 --set store.tokenFile=${join(directory, 'all-token')}`,
  ];
}

async function tokenIn(directory: string, name: string): Promise<string | undefined> {
  const text = await readFile(join(directory, name), 'utf8').catch(() => '');
  return text.trim() === '' ? undefined : text.trim();
}

async function keep(directory: string, name: string, token: string): Promise<void> {
  const path = join(directory, name);
  await writeFile(`${path}.new`, `${token}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}
