import { idOf, type ComponentKey } from '../domain/component.ts';
import { shown, type Parsed } from './csv-cells.ts';

export type CsvOptions = {
  /** Of components that do not name one. */
  readonly namespace: string;
  /** Whose usage the column `value` is. */
  readonly component?: string;
  /** Memory of every component whose memory the file does not tell. */
  readonly memoryBytes?: number;
};

/** Where one component's numbers stand in a row; indexes from 0. */
export type Place = { readonly key: ComponentKey; readonly cpu: number; readonly memory?: number };

/** How to find the components in a row. The instant is always in the first cell. */
export type Layout = {
  readonly width: number;
  placesIn(cells: readonly string[]): Parsed<readonly Place[]>;
};

type Defect = { readonly column: number; readonly message: string };
export type LayoutResult =
  | { readonly ok: true; readonly layout: Layout }
  | { readonly ok: false; readonly defects: readonly Defect[] };

const LONG = ['component', 'cpu_cores', 'memory_bytes', 'namespace'] as const;
type LongColumn = (typeof LONG)[number];
const NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
const LONGEST_NAME = 253;
const FORMATS =
  'a header is needed: timestamp,component,cpu_cores,memory_bytes[,namespace] or timestamp,<series>… or timestamp,value';
const REMEDY = 'or say how many bytes to assume with --memory-bytes: a bucket keeps both';

/**
 * Reads the header. Long: one row per component and instant. Wide: one column per series, named
 * `[namespace/]component[/cpu]` in cores or `[namespace/]component/memory` in bytes.
 */
export function layoutOf(header: readonly string[], options: CsvOptions): LayoutResult {
  if (header[0] !== 'timestamp' || header.length < 2) return defect(0, FORMATS);
  const twice = header.findIndex((name, index) => header.indexOf(name) !== index);
  if (twice !== -1) return defect(twice, `column ${shown(header[twice] ?? '')} is there twice`);
  return header.includes('component') ? longLayout(header, options) : wideLayout(header, options);
}

function longLayout(header: readonly string[], options: CsvOptions): LayoutResult {
  const known: readonly string[] = LONG;
  const stranger = header.findIndex((name, index) => index > 0 && !known.includes(name));
  if (stranger !== -1) {
    return defect(
      stranger,
      `column ${shown(header[stranger] ?? '')} is none of ${LONG.join(', ')}`,
    );
  }
  const at = (name: LongColumn): number | undefined => {
    const index = header.indexOf(name);
    return index === -1 ? undefined : index;
  };
  const cpu = at('cpu_cores');
  if (cpu === undefined) return defect(0, 'there is no column cpu_cores');
  const memory = at('memory_bytes');
  if (memory === undefined && options.memoryBytes === undefined) {
    return defect(0, `there is no column memory_bytes; add it, ${REMEDY}`);
  }
  const numbers = memory === undefined ? { cpu } : { cpu, memory };
  const keyIn = (cells: readonly string[]): ComponentKey => ({
    namespace: cells[at('namespace') ?? -1] ?? options.namespace,
    component: cells[at('component') ?? -1] ?? '',
  });
  const placesIn = (cells: readonly string[]): Parsed<readonly Place[]> => {
    const key = keyIn(cells);
    const message = nameDefect(key);
    return message === undefined
      ? { ok: true, value: [{ key, ...numbers }] }
      : { ok: false, message };
  };
  return { ok: true, layout: { width: header.length, placesIn } };
}

function wideLayout(header: readonly string[], options: CsvOptions): LayoutResult {
  if (header.length === 2 && header[1] === 'value' && options.component === undefined) {
    return defect(1, 'whose usage "value" is, is not said; name the component with --component');
  }
  const series = header.slice(1).map((name, index) => seriesOf(name, index + 1, options));
  const byComponent = Map.groupBy(series, ({ key }) => idOf(key));
  const defects = [
    ...series.flatMap(({ key, column }) => asDefect(column, nameDefect(key))),
    ...[...byComponent].flatMap(([id, columns]) => pairDefects(id, columns, options)),
  ];
  if (defects.length > 0) return { ok: false, defects };
  const places = [...byComponent.values()].flatMap((columns) => placeOf(columns) ?? []);
  const placesIn = (): Parsed<readonly Place[]> => ({ ok: true, value: places });
  return { ok: true, layout: { width: header.length, placesIn } };
}

type Series = {
  readonly key: ComponentKey;
  readonly resource: 'cpu' | 'memory';
  readonly column: number;
};

function seriesOf(name: string, column: number, options: CsvOptions): Series {
  const parts = name.split('/');
  const last = parts.at(-1);
  const resource = last === 'memory' ? 'memory' : 'cpu';
  const path =
    parts.length > 1 && (last === 'cpu' || last === 'memory') ? parts.slice(0, -1) : parts;
  const [namespace, component] = path.length > 1 ? path : [options.namespace, path[0]];
  const named = name === 'value' && options.component !== undefined ? options.component : component;
  // More parts than a key has make a name that is none, and is then refused with its column.
  const rest = path.slice(2).map((part) => `/${part}`);
  const key = { namespace: namespace ?? '', component: `${named ?? ''}${rest.join('')}` };
  return { key, resource, column };
}

function pairDefects(id: string, columns: readonly Series[], options: CsvOptions): Defect[] {
  const of = (resource: 'cpu' | 'memory') => columns.filter((one) => one.resource === resource);
  const [cpu, cpuAgain] = of('cpu');
  const [memory, memoryAgain] = of('memory');
  const again = cpuAgain ?? memoryAgain;
  if (again !== undefined) return asDefect(again.column, `${id} has this resource twice`);
  if (cpu === undefined) return asDefect(memory?.column ?? 0, `${id} has no column of its cpu`);
  if (memory !== undefined || options.memoryBytes !== undefined) return [];
  return asDefect(cpu.column, `${id} has no memory; add a column "${id}/memory", ${REMEDY}`);
}

function placeOf(columns: readonly Series[]): Place | undefined {
  const cpu = columns.find(({ resource }) => resource === 'cpu');
  const memory = columns.find(({ resource }) => resource === 'memory');
  if (cpu === undefined) return undefined;
  const place = { key: cpu.key, cpu: cpu.column };
  return memory === undefined ? place : { ...place, memory: memory.column };
}

function nameDefect(key: ComponentKey): string | undefined {
  const isName = (name: string): boolean => name.length <= LONGEST_NAME && NAME.test(name);
  const wrong = [key.namespace, key.component].find((name) => !isName(name));
  if (wrong === undefined) return undefined;
  return `${shown(wrong)} is not a Kubernetes name: lower case letters, digits, "-" and "."`;
}

const asDefect = (column: number, message: string | undefined): Defect[] =>
  message === undefined ? [] : [{ column, message }];

const defect = (column: number, message: string): LayoutResult => ({
  ok: false,
  defects: [{ column, message }],
});
