import { idOf, RESOURCES, type ComponentKey } from '../domain/component.ts';
import type { IssuedFor, QuantileLevels } from '../domain/forecast.ts';
import { epochMs, seconds, type Window } from '../domain/units.ts';
import { vintagesOf, type Vintage } from '../domain/vintage.ts';
import { conditionsOf, inRange, is, isEmpty, isField, isMeasurement, keep, last } from './flux.ts';
import type { Cells, InfluxWire } from './influx2-wire.ts';
import { float, integer, line, series, text } from './line-protocol.ts';
import { checkedWindow, count } from './names.ts';
import { keyOf, numberOf, timeOf } from './rows.ts';
import { fieldOf, leadTag, levelOf } from './score-rows.ts';

const MS_A_SECOND = seconds(1);
const KEY = ['namespace', 'component'] as const;
/** A day of them is 100,000 rows. */
const COMPONENTS_AT_ONCE = 20;

/** Forecasts as they were issued, in the bucket `future`: a point per lead, valid at the step forecast. */
export function influxVintages(wire: InfluxWire) {
  async function everybody(
    lead: number,
    valid: Window,
    signal: AbortSignal,
  ): Promise<ComponentKey[]> {
    const found = new Map<string, ComponentKey>();
    const marked = [isMeasurement('vintage'), is('lead', leadTag(lead)), isField('issued_at')];
    const query = inRange(wire.buckets.future, valid, ...marked) + last + keep('_time', ...KEY);
    await wire.query(query, (cells) => found.set(idOf(keyOf(cells)), keyOf(cells)), signal);
    return [...found.values()];
  }

  return {
    /** @yields page by page; a page is read to its end before the first of it is handed out. */
    async *readVintages(
      lead: number,
      valid: Window,
      signal: AbortSignal,
      keys?: readonly ComponentKey[],
    ): AsyncGenerator<Vintage, void, undefined> {
      count(lead, 'lead');
      signal.throwIfAborted();
      if (isEmpty(checkedWindow(valid))) return;
      const wanted = keys ?? (await everybody(lead, valid, signal));
      for (let first = 0; first < wanted.length; first += COMPONENTS_AT_ONCE) {
        const page = wanted.slice(first, first + COMPONENTS_AT_ONCE);
        for (const condition of conditionsOf(page)) {
          const marked = [isMeasurement('vintage'), is('lead', leadTag(lead)), condition];
          const points = gatheredVintages(lead);
          const columns = keep('_time', '_value', '_field', 'resource', ...KEY);
          const query = inRange(wire.buckets.future, valid, ...marked) + columns;
          await wire.query(query, points.add, signal);
          yield* points.all();
        }
      }
    },
  };
}

/** @yields a line per lead of each forecast. */
export function* vintageLines(forecasts: Iterable<IssuedFor>): Generator<string> {
  for (const forecast of forecasts) yield* vintagesOf(forecast).map(vintageLine);
}

function vintageLine({
  key,
  resource,
  lead,
  at,
  issuedAt,
  model,
  levels,
  values,
}: Vintage): string {
  const tags = {
    component: key.component,
    lead: leadTag(lead),
    namespace: key.namespace,
    resource,
  };
  const fields: Record<string, string> = {
    issued_at: integer(Math.floor(issuedAt / MS_A_SECOND)),
    model: text(model),
  };
  levels.forEach((level, index) => (fields[fieldOf(level)] = float(values[index] ?? 0)));
  return line(series('vintage', tags), fields, at);
}

type Gathered = Pick<Vintage, 'key' | 'resource' | 'at'> & {
  issuedAt?: number;
  model?: string;
  readonly values: Map<number, number>;
};

/** Points from rows, which come field by field; what misses its moment of issue, model or levels is none. */
function gatheredVintages(lead: number) {
  const points = new Map<string, Gathered>();
  const pointAt = (cells: Cells): Gathered | undefined => {
    const id = ['_time', 'resource', ...KEY].map(cells).join(' ');
    const known = points.get(id);
    const resource = RESOURCES.find((each) => each === cells('resource'));
    if (known !== undefined || resource === undefined) return known;
    const point = { key: keyOf(cells), resource, at: timeOf(cells), values: new Map() };
    points.set(id, point);
    return point;
  };
  return {
    add: (cells: Cells): void => {
      const point = pointAt(cells);
      const field = cells('_field');
      if (point === undefined) return;
      if (field === 'model') point.model = cells('_value');
      const value = numberOf(cells, '_value');
      if (value === undefined) return;
      if (field === 'issued_at') point.issuedAt = value;
      const level = levelOf(field);
      if (level !== undefined) point.values.set(level, value);
    },
    all: (): Vintage[] => [...points.values()].flatMap((point) => vintageIn(point, lead)),
  };
}

function vintageIn({ key, resource, at, ...found }: Gathered, lead: number): Vintage[] {
  const { issuedAt, model, values } = found;
  const levels = listOf([...values.keys()].toSorted((a, b) => a - b));
  if (issuedAt === undefined || model === undefined || levels === undefined) return [];
  return [
    {
      key,
      resource,
      lead,
      at,
      issuedAt: epochMs(issuedAt * MS_A_SECOND),
      model,
      levels,
      values: Float64Array.from(levels, (level) => values.get(level) ?? 0),
    },
  ];
}

const listOf = ([first, ...rest]: readonly number[]): QuantileLevels | undefined =>
  first === undefined ? undefined : [first, ...rest];
