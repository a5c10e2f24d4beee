import { isRefusal, refusal } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import { days, hours, type DurationMs } from '../domain/units.ts';
import {
  askInflux,
  idOf,
  listOf,
  needed,
  recordOf,
  type Ask,
  type Members,
  type Report,
} from './bootstrap-http.ts';
import { readyTokens, type TokenScope } from './bootstrap-tokens.ts';
import type { Bucket, BucketNames } from './influx2-wire.ts';

export type BootstrapOptions = {
  readonly url: string;
  readonly org: string;
  /** The first user of a database that is new. */
  readonly username: string;
  readonly password: string;
  /**
   * The operator's token. A new database takes it as given: a caller that keeps it before it calls can
   * repeat a run that was cut off. Absent = InfluxDB makes one, and it is in the answer.
   */
  readonly adminToken?: string;
  readonly buckets: BucketNames;
  readonly retention: Readonly<Record<Bucket, DurationMs | 'forever'>>;
  /** Whose token is lost or refused: it is replaced. */
  readonly renew?: readonly TokenScope[];
  readonly timeoutMs: number;
};

export type Bootstrapped = {
  /** Only when InfluxDB has just made it. */
  readonly adminToken?: string;
  /** Only those just made: nobody, InfluxDB included, can read them again. */
  readonly tokens: ReadonlyMap<TokenScope, string>;
  /** What was made and what was there already, for the operator. */
  readonly made: readonly string[];
  readonly found: readonly string[];
};

const SHARD: Readonly<Record<Bucket, DurationMs>> = {
  history: days(1),
  future: days(7),
  issue: hours(1),
  eval: days(7),
  system: days(7),
};
const BUCKETS: readonly Bucket[] = ['history', 'future', 'issue', 'eval', 'system'];
const MS_A_SECOND = 1000;

/**
 * Makes an InfluxDB 2 ready: user and organisation, five buckets, a token per scope. What is there is
 * left as it is, but a retention that is too short becomes longer; run twice, it changes nothing.
 *
 * @throws {SelfScalingError} `STORE_UNAVAILABLE`, or `CONFIG_INVALID` with what the operator must do.
 */
export async function bootstrapInflux(
  options: BootstrapOptions,
  log: Log,
  signal: AbortSignal,
): Promise<Bootstrapped> {
  const { url, timeoutMs } = options;
  const report: Report = { made: [], found: [] };
  const madeToken = await setUp(askInflux({ url, timeoutMs, signal }), options, report);
  const token = madeToken ?? options.adminToken;
  if (token === undefined) {
    throw refusal('CONFIG_INVALID', `InfluxDB at ${url} is in use: its operator token is needed`);
  }
  const ask = askInflux({ url, timeoutMs, token, signal });
  const orgID = await organisation(ask, options.org, report);
  const bucketIds = new Map<Bucket, string>();
  for (const bucket of BUCKETS) {
    bucketIds.set(bucket, await readyBucket(ask, orgID, bucket, options, report));
  }
  const tokens = await readyTokens(ask, orgID, bucketIds, options.renew ?? [], report);
  log.info({ ...report }, 'InfluxDB is ready');
  const isMadeHere = madeToken !== undefined && options.adminToken === undefined;
  return { ...(isMadeHere && { adminToken: madeToken }), tokens, ...report };
}

/** The operator token when the database was new. */
async function setUp(
  ask: Ask,
  options: BootstrapOptions,
  report: Report,
): Promise<string | undefined> {
  const { org, username, password, adminToken, buckets, retention } = options;
  if ((await ask('GET', '/setup'))['allowed'] !== true) {
    report.found.push('user');
    return undefined;
  }
  const made = await ask('POST', '/setup', {
    username,
    password,
    org,
    bucket: buckets.history,
    retentionPeriodSeconds: secondsOf(retention.history),
    ...(adminToken !== undefined && { token: adminToken }),
  });
  report.made.push(`user ${username}`, `organisation ${org}`, `bucket ${buckets.history}`);
  return needed(recordOf(made, 'auth'), 'token');
}

async function organisation(ask: Ask, org: string, report: Report): Promise<string> {
  const query = new URLSearchParams({ org }).toString();
  const [ours] = listOf(await ask('GET', `/orgs?${query}`).catch(nothingWhenMissing), 'orgs');
  if (ours !== undefined) return idOf(ours);
  report.made.push(`organisation ${org}`);
  return idOf(await ask('POST', '/orgs', { name: org }));
}

async function readyBucket(
  ask: Ask,
  orgID: string,
  bucket: Bucket,
  { buckets, retention }: BootstrapOptions,
  report: Report,
): Promise<string> {
  const name = buckets[bucket];
  const query = new URLSearchParams({ orgID, name }).toString();
  const wanted = retention[bucket];
  const retentionRules = rulesOf(wanted, SHARD[bucket]);
  const answer = await ask('GET', `/buckets?${query}`).catch(nothingWhenMissing);
  const [found] = listOf(answer, 'buckets');
  if (found === undefined) {
    report.made.push(`bucket ${name}`);
    return idOf(await ask('POST', '/buckets', { orgID, name, retentionRules }));
  }
  const kept = Number(listOf(found, 'retentionRules')[0]?.['everySeconds'] ?? 0);
  const isTooShort = kept > 0 && (wanted === 'forever' || kept < secondsOf(wanted));
  if (isTooShort) await ask('PATCH', `/buckets/${idOf(found)}`, { retentionRules });
  if (isTooShort) report.made.push(`longer retention of ${name}`);
  else if (!report.made.includes(`bucket ${name}`)) report.found.push(`bucket ${name}`);
  return idOf(found);
}

/** 0 is for ever. */
const secondsOf = (kept: DurationMs | 'forever'): number =>
  kept === 'forever' ? 0 : kept / MS_A_SECOND;

/** Asked for something by its name, InfluxDB answers 404 when there is none. */
function nothingWhenMissing(error: unknown): Members {
  if (isRefusal(error) && error.details['status'] === MISSING) return {};
  throw error;
}

const MISSING = 404;

/** A shard may not be longer than what is kept. */
const rulesOf = (kept: DurationMs | 'forever', shard: DurationMs): readonly object[] =>
  kept === 'forever'
    ? []
    : [
        {
          type: 'expire',
          everySeconds: secondsOf(kept),
          shardGroupDurationSeconds: Math.min(shard, kept) / MS_A_SECOND,
        },
      ];
