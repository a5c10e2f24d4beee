import { systemClock } from '../domain/clock.ts';
import { fuzz } from '../test/metrics-api/fuzz.ts';

/*
 * Odd requests to the metrics API over TLS: `node bench/fuzz.ts [requests] [seed]`, 1,000,000 by default.
 * Ends with 1 when one of them met a crash, a 5xx that has no name, an unreadable body or no end.
 */

const requests = Number(process.argv[2] ?? 1_000_000);
const seed = Number(process.argv[3] ?? 1);
const MIB = 2 ** 20;

const begun = systemClock.monotonic();
const { statuses, closed, wrong, slowestMs, rss } = await fuzz({ requests, seed });
const seconds = (systemClock.monotonic() - begun) / 1000;
const byStatus = [...statuses].toSorted(([a], [b]) => a - b);
process.stdout.write(
  [
    `${requests} requests with seed ${seed} in ${seconds.toFixed(0)} s, ${wrong.length} wrong`,
    ...byStatus.map(([status, count]) => `${status}  ${count}`),
    `closed without an answer  ${closed}`,
    `slowest ${slowestMs.toFixed(0)} ms; RSS ${(rss.before / MIB).toFixed(0)} -> ${(rss.after / MIB).toFixed(0)} MiB`,
    ...wrong.map(({ request, why }) => `${why}\n${JSON.stringify(request)}`),
    '',
  ].join('\n'),
);
process.exitCode = wrong.length === 0 ? 0 : 1;
