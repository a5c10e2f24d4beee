import { expect, test } from 'vitest';
import { createMeters } from '../api/meters.ts';
import { packIssue } from '../domain/packed-forecast.ts';
import type { SettingEntry } from '../domain/settings.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { cores, days, epochMs, hours, minutes, STEP, STEPS_A_DAY } from '../domain/units.ts';
import { aView } from '../test/api-rig.ts';
import { aBucket, aForecast, anIssue, cart, TEN } from '../test/builders.ts';
import { createMemoryStore } from '../test/memory-store.ts';
import type { Parts } from './parts.ts';
import { keepScores, keepUses, tellAges } from './scoring.ts';

const { signal } = new AbortController();
const TODAY = epochMs(Math.floor(TEN / days(1)) * days(1));
const at = (step: number) => epochMs(TODAY + step * STEP);
/** What came is a steady climb with a ripple; what was said is `off` away from it. */
const usage = (step: number): number => 5 + Math.sin(step / 15) + 0.3 * Math.sin(step * 1.7);

async function world(off: number) {
  const store = createMemoryStore();
  const steps = Array.from({ length: 5 * STEPS_A_DAY + 40 }, (_, index) => index - 5 * STEPS_A_DAY);
  await store.appendHistory(
    steps.map((step) => aBucket({ start: at(step), cpu: cores(usage(step)) })),
    signal,
  );
  for (const step of steps.slice(-STEPS_A_DAY - 40)) {
    const values = [0.99, 1, 1.01].map((share) =>
      Float64Array.from({ length: 8 }, (_, index) => share * usage(step + index) + off),
    );
    const forecast = aForecast(1, { start: at(step), levels: [0.1, 0.5, 0.9], values });
    const issued = { forecast, issuedAt: at(step), model: 'network', run: 'train-1' };
    await store.writeFuture([anIssue({ issued })], signal);
  }
  /** The wait for the next beat ends the loop; waiting within a round does not. */
  let stop = new AbortController();
  let waits = 0;
  const beat = (): AbortSignal => {
    stop = new AbortController();
    return stop.signal;
  };
  const clock = {
    now: () => TEN,
    monotonic: () => 0,
    async sleep() {
      waits += 1;
      if (waits % 2 === 0) stop.abort();
    },
  };
  const none = () => {};
  const log = { debug: none, info: none, warn: none, error: none };
  const config = { forecast: { level: 0.9, leadTime: minutes(5), adaptLevel: false } };
  const settings = store;
  const parts = { clock, config, log, settings, store } as unknown as Parts;
  const issue = packIssue(
    anIssue({
      issued: {
        forecast: aForecast(),
        issuedAt: epochMs(TEN - hours(1)),
        model: 'network',
        run: 'r',
      },
    }),
  );
  const shown: Snapshot = {
    at: TEN,
    facts: () => undefined,
    issue: (_, resource) => (resource === 'cpu' ? issue : undefined),
    read: () => ({ kind: 'unknown' }),
  };
  const fleet = {
    snapshots: { current: () => shown },
    components: { list: () => [aView({ key: cart, managed: true })] },
    meters: createMeters(),
    ledger: { appendDecisions: async () => {} },
  };
  const uses = async (): Promise<SettingEntry[]> => await store.all(signal);
  return { store, parts, fleet, beat, uses };
}

test('what was issued is scored, yesterday at all leads and today as far as it has come', async () => {
  const { store, parts, beat } = await world(0);
  await keepScores(parts, beat());
  const window = { from: epochMs(0), to: epochMs(TEN + 1) };
  const scores = await store.readScores(window, signal);
  expect(scores.map(({ lead, n, at: day }) => [lead, n, (day - TODAY) / days(1)])).toEqual([
    [1, 95, -1],
    [2, 94, -1],
    [4, 92, -1],
    [1, 40, 0],
    [2, 40, 0],
    [4, 40, 0],
  ]);
});

test.each([
  [0, []],
  [4, ['use/shop/cart']],
])('forecasts that are %d off: not used are %j; the fleet is summed up', async (off, names) => {
  const { parts, fleet, beat, uses } = await world(off);
  await keepScores(parts, beat());
  await keepUses(parts, fleet, beat());
  expect((await uses()).map(({ name }) => name)).toEqual(names);
  const { text } = await fleet.meters.expose();
  expect(text).toMatch(
    off === 0
      ? /forecast_worse_ratio\{window="7d"\} 0\n/
      : /forecast_worse_ratio\{window="7d"\} 1\n/,
  );
  expect(text).toMatch(/forecast_coverage_ratio\{level="0.8"\} [01]\n/);
});

test('the age of forecasts is told when somebody looks; of none, nothing', async () => {
  const { parts, fleet } = await world(0);
  tellAges(parts, fleet);
  expect((await fleet.meters.expose()).text).toMatch(/forecast_age_seconds\{quantile="1"\} 3600\n/);
  const away = { ...fleet, meters: createMeters(), snapshots: { current: () => undefined } };
  tellAges(parts, away);
  expect((await away.meters.expose()).text).not.toMatch(/forecast_age_seconds\{/);
});
