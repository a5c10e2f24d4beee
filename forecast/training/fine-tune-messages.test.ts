import { describe, expect, test } from 'vitest';
import { countOf } from '../models/network-weights.ts';
import { parseFineTuneRequest, parseFineTuneResult } from './fine-tune-messages.ts';

const weights = new Float32Array(countOf(2)).fill(0.5);
const job = {
  seed: 1,
  engine: 'auto',
  current: { hidden: 2, values: weights },
  shipped: weights,
} as const;
const example = { values: Float64Array.of(1, 2), observed: Uint8Array.of(1, 0), clock: 7 };
const result = {
  kept: true,
  why: 'better',
  before: 0.5,
  after: 0.4,
  steps: 600,
  series: 30,
  weights,
  cpuSeconds: 12,
  maxRssBytes: 2e8,
  engine: 'wasm',
};

describe('a request', () => {
  test('comes through as it was', () => {
    for (const request of [{ kind: 'series', example } as const, { kind: 'job', job } as const]) {
      expect(parseFineTuneRequest(structuredClone(request))).toEqual(request);
    }
    const short = { kind: 'job', job: { ...job, steps: 50 } } as const;
    expect(parseFineTuneRequest(short)).toEqual(short);
  });

  test.each([
    ['nothing', undefined],
    ['another kind', { kind: 'what?', job, example }],
    [
      'values that are not finite',
      { kind: 'series', example: { ...example, values: Float64Array.of(1, NaN) } },
    ],
    [
      'a mask of another length',
      { kind: 'series', example: { ...example, observed: new Uint8Array(3) } },
    ],
    ['an engine that does not exist', { kind: 'job', job: { ...job, engine: 'cpu' } }],
    ['weights of another size', { kind: 'job', job: { ...job, shipped: weights.slice(1) } }],
    [
      'weights that are no numbers',
      { kind: 'job', job: { ...job, shipped: weights.map(() => NaN) } },
    ],
  ])('is none with %s', (_, message) => {
    expect(parseFineTuneRequest(message)).toBeUndefined();
  });
});

describe('a result', () => {
  const parsed = (part: object) => parseFineTuneResult({ ...result, ...part }, job);

  test('comes through as it was, with a note where there is one', () => {
    expect(parsed({})).toEqual(result);
    expect(parsed({ note: 'why not native' })).toEqual({ ...result, note: 'why not native' });
  });

  test('that was discarded has no weights', () => {
    expect(parsed({ kept: false })).not.toHaveProperty('weights');
  });

  test('of a cluster without a day to be judged by has no losses', () => {
    const { before, after, ...others } = { ...result, before: undefined, after: undefined };
    expect([before, after]).toEqual([undefined, undefined]);
    const unjudged = { ...others, kept: false };
    expect(parseFineTuneResult(unjudged, job)).not.toHaveProperty('before');
  });

  test.each([
    ['weights that are no numbers', { weights: weights.map(() => NaN) }],
    ['weights of another size', { weights: weights.slice(1) }],
    ['nothing kept', { weights: undefined }],
    ['no cost', { cpuSeconds: undefined }],
    ['no sentence', { why: 7 }],
  ])('is none with %s', (_, part) => {
    expect(parsed(part)).toBeUndefined();
  });
});
