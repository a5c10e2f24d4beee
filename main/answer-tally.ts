import type { Meters } from '../api/meters.ts';

/** Counts the answers about metrics; the registry is told at each scrape, since it takes its time. */
export function answerTally(meters: Meters, names: readonly string[]) {
  const known = new Set(names);
  const counts = new Map<string, Map<number, number>>();
  meters.onScrape(() => {
    for (const [metric, byCode] of counts) {
      for (const [code, count] of byCode) {
        meters.count('external_metrics_requests_total', { code, metric }, count);
      }
    }
    counts.clear();
  });
  return (name: string, code: number): void => {
    const metric = known.has(name) ? name : 'other';
    const byCode = counts.get(metric) ?? new Map<number, number>();
    byCode.set(code, (byCode.get(code) ?? 0) + 1);
    counts.set(metric, byCode);
  };
}
