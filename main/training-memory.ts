import type { Log } from '../domain/log.ts';
import type { SettingEntry } from '../domain/settings.ts';
import type { SettingsMirror } from './settings-mirror.ts';

export type TrainingMemory = Pick<SettingsMirror, 'entries' | 'set'>;

/**
 * What training learns, among the durable settings. Where they cannot be written (the store is away; a trainer's token
 * for InfluxDB may not) it is held by this process and written as soon as that can be done: a run does not fail for
 * what can be learnt again.
 */
export function trainingMemory(settings: TrainingMemory, log: Log): TrainingMemory {
  const waiting = new Map<string, SettingEntry>();
  let isTold = false;
  return {
    entries: () => [
      ...settings.entries().filter(({ name }) => !waiting.has(name)),
      ...waiting.values(),
    ],
    async set(entries, signal) {
      for (const entry of entries) waiting.set(entry.name, entry);
      const all = [...waiting.values()];
      try {
        await settings.set(all, signal);
        for (const { name } of all) waiting.delete(name);
        isTold = false;
      } catch (error) {
        signal.throwIfAborted();
        if (!isTold)
          log.warn({ err: error }, 'what training learnt is kept until this process ends');
        isTold = true;
      }
    },
  };
}
