import { array, assert, integer, nat, property } from 'fast-check';
import { expect, test } from 'vitest';
import { decodeFrame, encodeFrame, scanFrames } from './spill-frames.ts';

const lists = array(array(integer(), { maxLength: 5 }), { minLength: 1, maxLength: 6 });
const segmentOf = (entries: readonly (readonly unknown[])[]): Buffer =>
  Buffer.concat(entries.map(encodeFrame));
const read = (segment: Buffer): unknown[] =>
  scanFrames(segment).frames.map(({ from, to }) => decodeFrame(segment.subarray(from, to)));

test('what is written is read back, frame by frame', () => {
  assert(
    property(lists, (entries) => {
      const segment = segmentOf(entries);
      expect(scanFrames(segment)).toMatchObject({ state: 'whole', end: segment.length });
      expect(read(segment)).toEqual(entries);
    }),
  );
});

test('a segment cut anywhere keeps every frame before the cut, and is torn', () => {
  assert(
    property(lists, nat(), (entries, somewhere) => {
      const segment = segmentOf(entries);
      const cut = somewhere % segment.length;
      const whole = entries.filter(
        (_, index) => segmentOf(entries.slice(0, index + 1)).length <= cut,
      );
      const torn = segment.subarray(0, cut);
      const end = segmentOf(whole).length;
      expect(read(torn)).toEqual(whole);
      expect(scanFrames(torn)).toMatchObject({ end, state: end === cut ? 'whole' : 'torn' });
    }),
  );
});

test('a bit that flips costs its own frame only, and is never taken for what was written', () => {
  assert(
    property(lists, nat(), nat(7), (entries, somewhere, bit) => {
      const segment = segmentOf(entries);
      const at = somewhere % segment.length;
      const hit = entries.findIndex(
        (_, index) => segmentOf(entries.slice(0, index + 1)).length > at,
      );
      segment[at] = (segment[at] ?? 0) ^ (1 << bit);
      expect(read(segment)).toEqual(entries.toSpliced(hit, 1));
      expect(scanFrames(segment).state).not.toBe('whole');
    }),
  );
});

test('an empty segment is whole', () => {
  expect(scanFrames(Buffer.alloc(0))).toEqual({ frames: [], end: 0, state: 'whole' });
});

test('zeros at the end, as some file systems leave them, cost no frame', () => {
  const segment = Buffer.concat([segmentOf([[1], [2]]), Buffer.alloc(100)]);
  expect(read(segment)).toEqual([[1], [2]]);
});

test('a body that is no list is no frame’s content', () => {
  expect(decodeFrame(Buffer.from('nonsense'))).toBeUndefined();
});
