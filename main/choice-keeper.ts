import { idOf } from '../domain/component.ts';
import type { EpochMs } from '../domain/units.ts';
import {
  memoryToJson,
  parseMemory,
  type ChoiceKeeper,
  type ComponentMemory,
} from '../forecast/training/choice-memory.ts';
import type { TrainingMemory } from './training-memory.ts';

const PREFIX = 'choice/';

/**
 * Choices among the durable settings, one for each component, so that forgetting a component forgets them too. What
 * cannot be understood is as good as lost.
 */
export function choiceKeeper(kept: TrainingMemory, now: () => EpochMs): ChoiceKeeper {
  const remembered = (): Map<string, ComponentMemory> =>
    new Map(
      kept
        .entries()
        .filter(({ name }) => name.startsWith(PREFIX))
        .map(({ name, value }) => [name.slice(PREFIX.length), parseMemory(value)]),
    );
  return {
    remembered,
    async remember(chosen, signal) {
      const before = remembered();
      const entries = chosen.map(({ key, memory }) => ({
        name: PREFIX + idOf(key),
        value: memoryToJson({ ...before.get(idOf(key)), ...memory }),
        changedBy: 'training',
        at: now(),
      }));
      await kept.set(entries, signal);
    },
  };
}
