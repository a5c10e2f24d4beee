import { describe, expect, test } from 'vitest';
import { epochMs } from '../domain/units.ts';
import { paced, turns } from './paced.ts';

const { signal } = new AbortController();
const aborted = AbortSignal.abort(new Error('over'));

describe('turns', () => {
  const take = (many: number, turn: ReturnType<typeof turns>): number =>
    Array.from({ length: many }, () => turn(signal)).filter((each) => each === undefined).length;

  test('are 400 at once, and 200 a second after that', () => {
    let at = epochMs(1_000_000);
    const turn = turns(200, () => at);
    expect(take(400, turn)).toBe(400);
    at = epochMs(at + 1000);
    expect(take(200, turn)).toBe(200);
    at = epochMs(at + 60_000);
    expect(take(400, turn)).toBe(400);
  });

  test('are waited for when there is none, no longer than somebody waits for them', async () => {
    const turn = turns(200, () => epochMs(1_000_000));
    take(400, turn);
    await turn(signal);
    await expect(turn(AbortSignal.timeout(0))).rejects.toThrow(/timeout/);
  });

  test('do not wait for a clock that was put back', () => {
    let at = epochMs(10_000_000);
    const turn = turns(200, () => at);
    take(400, turn);
    at = epochMs(1_000_000);
    expect(turn(signal)).toBeUndefined();
  });
});

test('whoever gave up is not asked about', async () => {
  const asked: string[] = [];
  const reviewer = paced(
    {
      whoIs: async (token) => void asked.push(token),
      may: async () => ({ allowed: true }),
    },
    200,
    () => epochMs(0),
  );
  await Promise.all(Array.from({ length: 400 }, () => reviewer.whoIs('one', signal)));
  await expect(reviewer.whoIs('two', aborted)).rejects.toThrow('over');
  expect(new Set(asked)).toEqual(new Set(['one']));
});
