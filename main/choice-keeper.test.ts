import { expect, test } from 'vitest';
import type { SeriesMemory } from '../forecast/training/choice-memory.ts';
import type { SettingEntry } from '../domain/settings.ts';
import { days, epochMs } from '../domain/units.ts';
import { cart, TEN } from '../test/builders.ts';
import { choiceKeeper } from './choice-keeper.ts';

const signal = new AbortController().signal;
const memory: SeriesMemory = {
  at: TEN,
  since: epochMs(TEN - days(28)),
  parts: [
    ['network', 0.625],
    ['naive', 0.375],
  ],
  losses: [0.71, 0.9],
  changedAt: epochMs(TEN - days(1)),
};

function aKeeper(kept: SettingEntry[] = []) {
  const settings = {
    entries: () => kept,
    set: async (entries: readonly SettingEntry[]) => {
      // Through JSON, as every store keeps it.
      const written = structuredClone(JSON.parse(JSON.stringify(entries))) as SettingEntry[];
      kept = [...kept.filter(({ name }) => !entries.some((one) => one.name === name)), ...written];
    },
  };
  return { keeper: choiceKeeper(settings, () => TEN), names: () => kept.map(({ name }) => name) };
}

test('what was chosen is remembered, under the name of its component', async () => {
  const { keeper, names } = aKeeper();
  await keeper.remember([{ key: cart, memory: { cpu: memory } }], signal);
  expect(names()).toEqual(['choice/shop/cart']);
  expect(keeper.remembered()).toEqual(new Map([['shop/cart', { cpu: memory }]]));
});

test('what is chosen for one resource leaves the other', async () => {
  const { keeper } = aKeeper();
  await keeper.remember([{ key: cart, memory: { cpu: memory } }], signal);
  const other = { ...memory, spared: 'constant for 3 days' };
  await keeper.remember([{ key: cart, memory: { memory: other } }], signal);
  expect(keeper.remembered().get('shop/cart')).toEqual({ cpu: memory, memory: other });
});

test.each([
  ['a word', 'network'],
  ['no parts', { cpu: { ...memory, parts: [] } }],
  ['a weight that is none', { cpu: { ...memory, parts: [['network', -1]] } }],
  ['no moment', { cpu: { ...memory, at: 'yesterday' } }],
])('%s is as good as lost', (_, value) => {
  const entry = { name: 'choice/shop/cart', value: value as never, changedBy: 'x', at: TEN };
  expect(aKeeper([entry]).keeper.remembered().get('shop/cart')).toEqual({});
});
