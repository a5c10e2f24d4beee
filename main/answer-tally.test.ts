import { expect, test } from 'vitest';
import { createMeters } from '../api/meters.ts';
import { answerTally } from './answer-tally.ts';

test('each answer is counted once, under the names that we have', async () => {
  const meters = createMeters();
  const tally = answerTally(meters, ['predicted-cpu']);
  for (const code of [200, 200, 404]) tally('predicted-cpu', code);
  tally('a-strangers', 404);
  await meters.expose();
  tally('predicted-cpu', 200);
  const { text } = await meters.expose();
  expect(text.match(/^self_scaling_external_metrics_requests_total.*$/gm)).toEqual([
    'self_scaling_external_metrics_requests_total{code="200",metric="predicted-cpu"} 3',
    'self_scaling_external_metrics_requests_total{code="404",metric="predicted-cpu"} 1',
    'self_scaling_external_metrics_requests_total{code="404",metric="other"} 1',
  ]);
});
