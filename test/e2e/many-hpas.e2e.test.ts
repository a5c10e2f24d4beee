import { expect, test } from 'vitest';
import { CONTROL_PLANE, whyMissing } from '../control-plane/programs.ts';
import { PERIOD_MS, watchManyHpas } from './many-hpas.ts';

const missing = whyMissing(CONTROL_PLANE);
const HPAS = 200;
/** A machine that does other things too; nobody misses a round. */
const OFF_MS = 4000;

test.skipIf(missing !== undefined)(
  `200 HPAs, Value and AverageValue, keep their period ${missing ?? ''}`,
  async () => {
    const seen = await watchManyHpas({ hpas: HPAS, seconds: 40 });
    process.stdout.write(`  ${JSON.stringify(seen)}\n`);
    expect(seen).toMatchObject({ asking: HPAS, active: HPAS, failed: 0, warnings: [] });
    expect(seen.gaps.least).toBeGreaterThan(PERIOD_MS - OFF_MS);
    expect(seen.gaps.most).toBeLessThan(PERIOD_MS + OFF_MS);
  },
);
