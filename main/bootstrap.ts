import { randomBytes } from 'node:crypto';
import type { Config } from '../config/schema.ts';
import type { Log } from '../domain/log.ts';
import { systemClock } from '../domain/clock.ts';
import { isRefusal, refusal } from '../domain/errors.ts';
import { days, durationMs, seconds, type DurationMs } from '../domain/units.ts';
import { secretObject } from '../kube/secrets.ts';
import { bootstrapInflux } from '../store/bootstrap.ts';
import { openCluster } from './cluster.ts';
import { grafanaDatasource } from './grafana-datasource.ts';
import { bucketsOf } from './open-store.ts';
import { tokenFolder, tokenSecret, type TokenKeeper } from './token-keeper.ts';

const ISSUES_KEPT = days(2);
const SECRET_BYTES = 32;
const ADMIN = 'admin-token';

const ASK_AGAIN = seconds(2);

export type BootstrapFlags = {
  /** Exactly one of the two says where the tokens go. */
  readonly out?: string | undefined;
  readonly secret?: string | undefined;
  /** A Secret that gets Grafana's data source, with the token that may only read. */
  readonly grafanaSecret?: string | undefined;
  /** How long to wait for an InfluxDB, or an API server, that is not there yet. */
  readonly wait: DurationMs;
};

/** @throws {SelfScalingError} `CONFIG_INVALID`, `STORE_UNAVAILABLE`, `KUBE_UNAVAILABLE`; what was made before stays. */
export async function bootstrap(
  config: Config,
  { out, secret, grafanaSecret, wait }: BootstrapFlags,
  log: Log,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const once = async (): Promise<readonly string[]> => {
    if (out !== undefined && secret === undefined) {
      return await runBootstrap(config, tokenFolder(out), log, signal);
    }
    if (secret === undefined || out !== undefined) {
      throw refusal('CONFIG_INVALID', 'say where the tokens go: --out DIR or --secret NAME');
    }
    await using cluster = openCluster(config.kube, log, 1).kube;
    const namespace = config.kube.ownNamespace;
    const object = secretObject(cluster, { namespace, name: secret });
    const place = `Secret ${namespace}/${secret}`;
    const keeper = tokenSecret(object, place, signal);
    const told = await runBootstrap(config, keeper, log, signal);
    if (grafanaSecret === undefined) return told;
    const grafana = secretObject(cluster, { namespace, name: grafanaSecret });
    const token = (await keeper.read('grafana-token')) ?? '';
    const source = grafanaDatasource(config.store, token);
    await grafana.write({ 'self-scaling.yaml': source }, await grafana.read(signal), signal);
    return [...told, `Grafana's data source is in Secret ${namespace}/${grafanaSecret}`];
  };
  const begun = systemClock.monotonic();
  for (;;) {
    try {
      return await once();
    } catch (error) {
      const isAway = isRefusal(error, 'STORE_UNAVAILABLE') || isRefusal(error, 'KUBE_UNAVAILABLE');
      if (!isAway || durationMs(systemClock.monotonic() - begun) >= wait) throw error;
      log.warn({ err: error }, 'not there yet; waiting');
      await systemClock.sleep(ASK_AGAIN, signal);
    }
  }
}

/**
 * Makes an InfluxDB 2 ready and leaves each token in a file, or a member of a Secret, of its own. May be repeated, also
 * after a crash: the operator's token is kept before InfluxDB is told of it, and a token that was not kept is renewed.
 */
async function runBootstrap(
  config: Config,
  keeper: TokenKeeper,
  log: Log,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const kept = await keeper.read(ADMIN);
  const adminToken = kept ?? randomBytes(SECRET_BYTES).toString('hex');
  if (kept === undefined) await keeper.keep(ADMIN, adminToken);
  const { historyRetention, futureRetention, evalRetention, url, org, timeout } = config.store;
  const scopes = ['controller', 'trainer', 'adapter', 'all', 'grafana'] as const;
  const missing = await Promise.all(
    scopes.map(async (scope) => ((await keeper.read(`${scope}-token`)) ? [] : [scope])),
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
  for (const [scope, token] of outcome.tokens) await keeper.keep(`${scope}-token`, token);
  return [
    ...outcome.made.map((one) => `made   ${one}`),
    ...outcome.found.map((one) => `found  ${one}`),
    `tokens are in ${keeper.place}; the roles read them through store.tokenFile`,
  ];
}
