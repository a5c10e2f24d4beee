import { idOf, type ComponentKey, type Resource } from '../../domain/component.ts';
import type { HistoryColumn } from '../../domain/history.ts';
import type { Window } from '../../domain/units.ts';
import { isInShard, type Shard } from './shards.ts';

/** What training reads. */
export interface HistoryReader {
  /**
   * One column per component that has any bucket in the window, in any order. Training asks for `everybody` and, while it
   * reads that, for the other resource of some of them.
   */
  readHistory(
    keys: readonly ComponentKey[] | 'everybody',
    resource: Resource,
    window: Window,
    signal: AbortSignal,
  ): AsyncIterable<HistoryColumn>;
}

/** The history of one component; empty columns when it has none. */
export type ComponentColumns = {
  readonly key: ComponentKey;
  readonly cpu: HistoryColumn;
  readonly memory: HistoryColumn;
};

/** Few enough for the memory of a small node: 28 days of both resources are 2 MB a page. */
const COMPONENTS_A_PAGE = 25;

/**
 * The columns of the named components, or of everybody of a share.
 * @yields a page of components.
 */
export async function* columnPages(
  history: HistoryReader,
  keys: readonly ComponentKey[] | Shard,
  window: Window,
  signal: AbortSignal,
): AsyncGenerator<readonly ComponentColumns[]> {
  const pages = 'of' in keys ? everybody(history, keys, window, signal) : named(keys);
  for await (const { page, cpu } of pages) {
    const of = (resource: Resource): Promise<Map<string, HistoryColumn>> =>
      byId(history.readHistory(page, resource, window, signal));
    const cpuOf = await (cpu === undefined ? of('cpu') : byId(cpu));
    const memoryOf = await of('memory');
    yield page.map((key) => ({
      key,
      cpu: cpuOf.get(idOf(key)) ?? nothingOf(key),
      memory: memoryOf.get(idOf(key)) ?? nothingOf(key),
    }));
  }
}

type Page = {
  readonly page: readonly ComponentKey[];
  /** What has been read already. */
  readonly cpu?: readonly HistoryColumn[];
};

async function* everybody(
  history: HistoryReader,
  shard: Shard,
  window: Window,
  signal: AbortSignal,
): AsyncGenerator<Page> {
  let cpu: HistoryColumn[] = [];
  for await (const column of history.readHistory('everybody', 'cpu', window, signal)) {
    if (!isInShard(column.key, shard)) continue;
    cpu.push(column);
    if (cpu.length === COMPONENTS_A_PAGE) {
      yield { page: cpu.map(({ key }) => key), cpu };
      cpu = [];
    }
  }
  if (cpu.length > 0) yield { page: cpu.map(({ key }) => key), cpu };
}

async function* named(keys: readonly ComponentKey[]): AsyncGenerator<Page> {
  for (let first = 0; first < keys.length; first += COMPONENTS_A_PAGE) {
    yield { page: keys.slice(first, first + COMPONENTS_A_PAGE) };
  }
}

async function byId(
  columns: AsyncIterable<HistoryColumn> | Iterable<HistoryColumn>,
): Promise<Map<string, HistoryColumn>> {
  const found = new Map<string, HistoryColumn>();
  for await (const column of columns) found.set(idOf(column.key), column);
  return found;
}

const nothingOf = (key: ComponentKey): HistoryColumn => ({
  key,
  starts: new Float64Array(0),
  values: new Float64Array(0),
});
