import { expect, test } from 'vitest';
import { aWorkload } from '../test/scaling.ts';
import { freshWorkloads } from './fresh-workloads.ts';

const workloads = () => [aWorkload()];

test('workloads of a watch that is whole are acted on', () => {
  expect(freshWorkloads({ workloads, healthy: () => true })).toEqual([aWorkload()]);
});

test('workloads of a broken watch are shown, but not acted on', () => {
  expect(() => freshWorkloads({ workloads, healthy: () => false })).toThrow(
    expect.objectContaining({ code: 'KUBE_UNAVAILABLE' }),
  );
});
