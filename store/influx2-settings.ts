import { isRefusal } from '../domain/errors.ts';
import { idOf, type ComponentKey } from '../domain/component.ts';
import type { Log } from '../domain/log.ts';
import type { SettingEntry } from '../domain/settings.ts';
import { epochMs, type Window } from '../domain/units.ts';
import { checkedSetting } from './checked.ts';
import { parseSetting, toDocument } from './documents.ts';
import { inRange, isField, isMeasurement, keep } from './flux.ts';
import type { SampleCounts } from './influx2-counts.ts';
import type { Bucket, InfluxWire } from './influx2-wire.ts';
import { document, line, readDocument, series } from './line-protocol.ts';
import { checkedKey } from './names.ts';

/** Every setting is a point at time 0, overwritten in place: so it has one value, and never expires. */
const ZERO = epochMs(0);
const AT_ZERO: Window = { from: ZERO, to: epochMs(1) };

/** Settings in the bucket `system`, and forgetting, which concerns every bucket. */
export function influxSettings(wire: InfluxWire, counts: SampleCounts, log: Log) {
  /** With those that are removed: InfluxDB keeps them as null. */
  async function everything(signal: AbortSignal): Promise<SettingEntry[]> {
    const entries: SettingEntry[] = [];
    const setting = [isMeasurement('setting'), isField('doc')];
    await wire.query(
      inRange(wire.buckets.system, AT_ZERO, ...setting) + keep('name', '_value'),
      (cells) => {
        const entry = parseSetting(cells('name'), readDocument(cells('_value')));
        if (entry !== undefined) entries.push(entry);
        else log.error({ setting: cells('name') }, 'a setting is damaged and left out');
      },
      signal,
    );
    return entries;
  }

  async function set(entries: readonly SettingEntry[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const lines = new Map(
      entries.map(checkedSetting).map((entry) => [entry.name, settingLine(entry)]),
    );
    if (lines.size > 0) await wire.writeWhole('system', [...lines.values()], signal);
  }

  /**
   * A role may not write everywhere: what it may not delete is left to expire (a forecast after two
   * days), and nobody asks for the forecast of a component that is no longer managed.
   */
  async function removeFrom(bucket: Bucket, key: ComponentKey, signal: AbortSignal): Promise<void> {
    const predicate = `namespace="${key.namespace}" AND component="${key.component}"`;
    try {
      await wire.remove(bucket, predicate, signal);
    } catch (error) {
      if (!isRefusal(error) || error.details['status'] !== FORBIDDEN) throw error;
      log.info({ bucket, component: idOf(key) }, 'what is stored of a component expires by itself');
    }
  }

  return {
    set,

    async all(signal: AbortSignal): Promise<SettingEntry[]> {
      return (await everything(signal)).filter(({ value }) => value !== null);
    },

    async forget(key: ComponentKey, signal: AbortSignal): Promise<void> {
      const own = `/${idOf(checkedKey(key))}`;
      const settings = (await everything(signal)).filter(({ name }) => name.endsWith(own));
      await set(
        settings.map((setting) => ({ ...setting, value: null })),
        signal,
      );
      for (const bucket of OF_COMPONENTS) await removeFrom(bucket, key, signal);
      counts.forget(key);
    },
  };
}

const OF_COMPONENTS: readonly Bucket[] = ['history', 'eval', 'future', 'issue'];
const FORBIDDEN = 403;

const settingLine = ({ name, ...entry }: SettingEntry): string =>
  line(series('setting', { name }), { doc: document(toDocument(entry, `setting ${name}`)) }, ZERO);
