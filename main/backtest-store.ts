import type { Config } from '../config/schema.ts';
import { RESOURCES, type ComponentKey, type Resource } from '../domain/component.ts';
import { refusal } from '../domain/errors.ts';
import type { HistoryColumn } from '../domain/history.ts';
import type { Log } from '../domain/log.ts';
import { bucketStart, epochMs, STEP, type EpochMs, type Window } from '../domain/units.ts';
import type { Column } from '../forecast/backtest/wide-csv.ts';
import { openDirectStore } from './open-store.ts';

interface HistoryReader {
  readHistory(
    keys: readonly ComponentKey[],
    resource: Resource,
    window: Window,
    signal: AbortSignal,
  ): AsyncIterable<HistoryColumn>;
}

/**
 * What the configured store has of one component, a column a resource.
 *
 * @param component `namespace/name`
 * @throws {SelfScalingError} `REQUEST_INVALID` when it is not written so, or nothing was recorded of it.
 */
export async function columnsOfComponent(
  config: Config,
  component: string,
  now: EpochMs,
  log: Log,
  signal: AbortSignal,
): Promise<readonly Column[]> {
  const key = keyOf(component);
  const from = epochMs(bucketStart(epochMs(now - config.store.historyRetention), STEP));
  await using store = await openDirectStore(config.store, log);
  const columns = await recorded(store, key, { from, to: bucketStart(now, STEP) }, signal);
  if (columns.length > 0) return columns;
  throw refusal('REQUEST_INVALID', `nothing has been recorded of ${component} in the store`);
}

function keyOf(component: string): ComponentKey {
  const [namespace = '', name = '', ...more] = component.split('/');
  if (namespace !== '' && name !== '' && more.length === 0) return { namespace, component: name };
  throw refusal('REQUEST_INVALID', `--component is ${component}; write namespace/name`);
}

async function recorded(
  store: HistoryReader,
  key: ComponentKey,
  window: Window,
  signal: AbortSignal,
): Promise<readonly Column[]> {
  const columns: Column[] = [];
  for (const resource of RESOURCES) {
    const rows: (readonly [number, number])[] = [];
    for await (const { starts, values } of store.readHistory([key], resource, window, signal)) {
      starts.forEach((start, index) => {
        const value = values[index] ?? Number.NaN;
        if (start % STEP === 0 && Number.isFinite(value)) rows.push([start, value]);
      });
    }
    if (rows.length === 0) continue;
    columns.push({
      name: `${key.namespace}/${key.component} ${resource}`,
      starts: Float64Array.from(rows, ([start]) => start),
      values: Float64Array.from(rows, ([, value]) => value),
    });
  }
  return columns;
}
