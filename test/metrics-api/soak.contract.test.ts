import { expect, test } from 'vitest';
import { soak } from './soak.ts';

test('15 seconds beside clients that behave badly: no wrong answer, and nothing grows', async () => {
  const seen = await soak({ seconds: 15, perSecond: 200, mayGrowMiB: 80 });
  expect(seen).toMatchObject({ wrong: [], grown: [] });
  expect(seen.answers).toBeGreaterThan(1500);
  expect(Object.values(seen.mischief).every((count) => count > 20)).toBe(true);
});
