import { describe, expect, test } from 'vitest';
import { waitingRun } from '../domain/run.ts';
import { epochMs } from '../domain/units.ts';
import { aDecision } from '../test/store-promises/builders.ts';
import { parseDecision, parseRun, parseSetting, toDocument } from './documents.ts';

const run = waitingRun('train', 'rest', epochMs(1));
const key = { namespace: 'shop', component: 'cart' };

describe('documents', () => {
  test('what is written is read back equal', () => {
    const done = { ...run, reason: 'why', results: [{ key, result: 'failed', reason: 'no' }] };
    expect(parseRun(toDocument(done, 'run'))).toEqual(done);
    expect(parseDecision(toDocument(aDecision(), 'decision'))).toEqual(aDecision());
    const setting = { value: { deep: [null, 1.5] }, changedBy: 'user:ada', at: epochMs(1) };
    expect(parseSetting('x', toDocument(setting, 'x'))).toEqual({ name: 'x', ...setting });
  });

  test.each(['', '{', 'null', '7', '[]', '{}', '"run"'])('%j is no document of ours', (doc) => {
    expect(parseRun(doc)).toBeUndefined();
    expect(parseDecision(doc)).toBeUndefined();
    expect(parseSetting('x', doc)).toBeUndefined();
  });

  test.each([
    ['state', 'resting'],
    ['kind', 'other'],
    ['done', '1'],
    ['heartbeat', 'now'],
    ['results', [{ key, result: 'unheard of' }]],
    ['results', [{ result: 'trained' }]],
  ])('a run whose %s is %j is no run', (member, value) => {
    expect(parseRun(JSON.stringify({ ...run, [member]: value }))).toBeUndefined();
  });

  test('what a later version adds does no harm', () => {
    expect(parseRun(JSON.stringify({ ...run, machine: 'a' }))).toMatchObject(run);
  });

  test('a number that JSON would make null is refused', () => {
    expect(() => toDocument({ a: [Number.NaN] }, 'x')).toThrow('x "NaN" must be a finite number');
  });
});
