import { expect, test } from 'vitest';
import { fakeLog } from '../test/api-rig.ts';
import type { HealthCheck } from './checks.ts';
import { createMeters } from './meters.ts';
import { createOps } from './ops.ts';

const fine: HealthCheck = { name: 'snapshot', healthy: true };
const away: HealthCheck = { name: 'store', healthy: false, why: 'does not answer' };

const opened = async (ready: () => Promise<readonly HealthCheck[]>) =>
  await createOps({
    live: () => [fine],
    ready,
    meters: createMeters(),
    log: fakeLog(),
  });

test.each<readonly [string, () => Promise<readonly HealthCheck[]>, number, string]>([
  ['all is well', async () => [fine], 200, 'ok'],
  ['a part fails', async () => [fine, away], 503, '[-]store: does not answer\n'],
  [
    'the checks themselves fail',
    async () => {
      throw new Error('x is undefined');
    },
    503,
    '[-]checks: the checks could not be made in time\n',
  ],
])('/readyz when %s', async (_, ready, status, body) => {
  await using ops = await opened(ready);
  const response = await ops.inject('/readyz');
  expect([response.statusCode, response.body]).toEqual([status, body]);
});

test('/livez does not care for the store', async () => {
  await using ops = await opened(async () => [away]);
  const response = await ops.inject('/livez');
  expect([response.statusCode, response.body]).toEqual([200, 'ok']);
});

test('/metrics is the exposition of Prometheus, measured at the scrape', async () => {
  const meters = createMeters();
  meters.onScrape(() => meters.set('snapshot_age_seconds', 42));
  meters.count('rest_requests_total', { route: '/version', method: 'GET', code: 200 }, 3);
  meters.observe('rest_request_duration_seconds', 0.2, { route: '/version' });
  await using ops = await createOps({
    live: () => [],
    ready: async () => [],
    meters,
    log: fakeLog(),
  });
  const response = await ops.inject('/metrics');
  expect(response.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(response.body).toContain('self_scaling_snapshot_age_seconds 42');
  expect(response.body).toContain(
    'self_scaling_rest_requests_total{route="/version",method="GET",code="200"} 3',
  );
  expect(response.body).toContain('self_scaling_rest_request_duration_seconds_bucket');
  expect(response.body).toContain('process_cpu_seconds_total');
});
