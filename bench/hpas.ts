import { PERIOD_MS, watchManyHpas } from '../test/e2e/many-hpas.ts';

/*
 * 1,000 HPAs on a real control plane, its controller manager’s rate raised: `npm run bench:hpas -- [hpas]
 * [seconds]`, five minutes by default. Ends with 5 when one of them was not served or missed its period.
 */

const MISSED = 5;
const LATE_MS = 3000;
const hpas = Number(process.argv[2] ?? 1000);
const seconds = Number(process.argv[3] ?? 300);

const seen = await watchManyHpas({ hpas, seconds });
process.stdout.write(`${JSON.stringify(seen, undefined, 2)}\n`);
const isServed = seen.asking === hpas && seen.active === hpas && seen.failed === 0;
const isInTime = seen.gaps.most < PERIOD_MS + LATE_MS && seen.warnings.length === 0;
process.exitCode = isServed && isInTime ? 0 : MISSED;
