import { expect, test } from 'vitest';
import { fuzz } from './fuzz.ts';

/* The same with 1,000,000 requests: npm run fuzz. */
test('20,000 odd requests: no crash, no 5xx that has no name, nothing hangs', async () => {
  const { statuses, wrong, slowestMs } = await fuzz({ requests: 20_000, seed: 1 });
  expect(wrong).toEqual([]);
  expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 400, 403, 404, 405, 406, 503]));
  expect(slowestMs).toBeLessThan(15_000);
});
