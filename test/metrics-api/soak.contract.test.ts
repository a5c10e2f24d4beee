import { expect, test } from 'vitest';
import { soak } from './soak.ts';

test('25 seconds beside clients that behave badly: no wrong answer, and nothing grows', async () => {
  const seen = await soak({ seconds: 25, perSecond: 200 });
  expect(seen).toMatchObject({ wrong: [], grown: [] });
  expect(seen.answers).toBeGreaterThan(3000);
  expect(Object.values(seen.mischief).every((count) => count > 20)).toBe(true);
});
