import { idOf, type ComponentKey } from '../../domain/component.ts';
import { fnv1a } from '../../domain/fnv.ts';

/** One of several equal shares of the components. */
export type Shard = { readonly index: number; readonly of: number };

export const WHOLE: Shard = { index: 0, of: 1 };

/** Every component is in exactly one of the shards, the same one for whoever asks. */
export const isInShard = (key: ComponentKey, { index, of }: Shard): boolean =>
  of === 1 || fnv1a(idOf(key)) % of === index;

/** `0/3`, `1/3`, `2/3`; `undefined` when it is no shard. */
export function parseShard(text: string): Shard | undefined {
  const { index, of } = /^(?<index>\d{1,6})\/(?<of>\d{1,6})$/.exec(text)?.groups ?? {};
  const shard = { index: Number(index), of: Number(of) };
  return shard.index < shard.of ? shard : undefined;
}
