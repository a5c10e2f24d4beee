import { soak } from '../test/metrics-api/soak.ts';

/*
 * The adapter under steady load with clients that behave badly: `npm run soak -- [--minutes N]`, ten by
 * default. Ends with 1 when an answer was wrong, or memory or handles grew.
 */

const at = process.argv.indexOf('--minutes');
const minutes = at === -1 ? 10 : Number(process.argv[at + 1]);
if (!(minutes > 0)) throw new Error('--minutes is a number above 0');

const seen = await soak({ seconds: minutes * 60, perSecond: 500, mayGrowMiB: 16 });
process.stdout.write(`${JSON.stringify(seen, undefined, 2)}\n`);
process.exitCode = seen.wrong.length === 0 && seen.grown.length === 0 ? 0 : 1;
