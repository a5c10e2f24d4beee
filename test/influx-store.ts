import { randomUUID } from 'node:crypto';
import { silentLog } from '../domain/log.ts';
import { days } from '../domain/units.ts';
import { bootstrapInflux, type BootstrapOptions } from '../store/bootstrap.ts';
import type { BucketNames } from '../store/influx2-wire.ts';
import { openInflux2Store, type Influx2Options } from '../store/influx2.ts';

/** The operator's token of every scratch InfluxDB. */
export const OPERATOR = 'operator-of-a-scratch-database';
export const ORG = 'self-scaling';

export const bucketNames = (prefix: string): BucketNames => ({
  history: `${prefix}history`,
  future: `${prefix}future`,
  issue: `${prefix}issue`,
  eval: `${prefix}eval`,
  system: `${prefix}system`,
});

export const bootstrapOptions = (
  url: string,
  about: Partial<BootstrapOptions> = {},
): BootstrapOptions => ({
  url,
  org: ORG,
  username: 'admin',
  password: 'correct horse battery',
  adminToken: OPERATOR,
  buckets: bucketNames(''),
  retention: {
    history: days(90),
    future: days(30),
    issue: days(2),
    eval: days(365),
    system: 'forever',
  },
  timeoutMs: 10_000,
  ...about,
});

/** A store over five fresh buckets, opened by the operator; `about` may put a proxy between. */
export async function freshInfluxStore(url: string, about: Partial<Influx2Options> = {}) {
  const buckets = bucketNames(`${randomUUID().slice(0, 8)}-`);
  const { signal } = new AbortController();
  await bootstrapInflux(bootstrapOptions(url, { buckets }), silentLog, signal);
  const options = { url, org: ORG, token: OPERATOR, buckets, timeoutMs: 10_000, ...about };
  return { options, store: openInflux2Store(options, silentLog) };
}
