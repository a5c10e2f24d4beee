import { expect, test } from 'vitest';
import { createMeters } from '../api/meters.ts';
import { epochMs } from '../domain/units.ts';
import { aBucket, cart, TEN } from '../test/builders.ts';
import { anyStore } from '../test/observable-store.ts';
import { observedStore, storeWatch } from './observed-store.ts';
import { noTracing } from './tracing.ts';

const { signal } = new AbortController();
const window = { from: TEN, to: epochMs(TEN + 1) };

function world() {
  const [meters, spans] = [createMeters(), new Array<string>()];
  const tracing = {
    ...noTracing,
    begin: (name: string) => (failure: unknown) =>
      void spans.push(failure === undefined ? name : `${name} failed`),
  };
  const watch = storeWatch(meters, tracing);
  const store = observedStore(anyStore(), watch);
  const lines = async (): Promise<readonly string[]> =>
    (await meters.expose()).text
      .split('\n')
      .filter((line) => /store_(requests|points_written)_total\{/.test(line))
      .map((line) => line.replace('self_scaling_store_', ''));
  return { store, lines, spans, watch, meters };
}

test('a request is counted, timed and traced by what it does; its points are counted', async () => {
  const { store, lines, spans, meters } = world();
  await store.appendHistory([aBucket(), aBucket({ key: { ...cart, component: 'pay' } })], signal);
  let columns = 0;
  for await (const _ of store.readHistory([cart], 'cpu', window, signal)) columns += 1;
  expect(columns).toBe(1);
  expect(await lines()).toEqual([
    'requests_total{op="appendHistory",result="done"} 1',
    'requests_total{op="readHistory",result="done"} 1',
    'points_written_total{bucket="history"} 2',
  ]);
  expect(spans).toEqual(['store appendHistory', 'store readHistory']);
  expect((await meters.expose()).text).toContain('duration_seconds_count{op="readHistory"} 1');
});

test('how a request ended: refused, given up, or only half read', async () => {
  const { store, lines, spans } = world();
  await store.appendHistory([aBucket(), aBucket({ key: { ...cart, component: 'pay' } })], signal);
  const bad = aBucket({ sampleCount: -1 });
  await expect(store.appendHistory([bad], signal)).rejects.toMatchObject({
    code: 'REQUEST_INVALID',
  });
  await expect(store.all(AbortSignal.abort())).rejects.toThrow('abort');
  for await (const _ of store.readHistory('everybody', 'cpu', window, signal)) break;
  expect((await lines()).slice(1, 4)).toEqual([
    'requests_total{op="appendHistory",result="refused"} 1',
    'requests_total{op="settings",result="failed"} 1',
    'requests_total{op="readHistory",result="done"} 1',
  ]);
  expect(spans.filter((name) => name.endsWith('failed'))).toHaveLength(2);
});

test('a check that finds the store away is one that could not be answered', async () => {
  const meters = createMeters();
  const check = async () => ({ ok: false as const, why: 'away' });
  const store = observedStore({ ...anyStore(), check }, storeWatch(meters, noTracing));
  expect(await store.check(signal)).toEqual({ ok: false, why: 'away' });
  expect((await meters.expose()).text).toContain(
    'store_requests_total{op="check",result="unavailable"} 1',
  );
});

test('losses are counted from nothing, so that the first one is a rise', async () => {
  const { watch, meters } = world();
  watch.dropped('refused', 3);
  const { text } = await meters.expose();
  expect(text).toContain('store_points_dropped_total{reason="refused"} 3');
  expect(text).toContain('store_points_dropped_total{reason="overdue"} 0');
});
