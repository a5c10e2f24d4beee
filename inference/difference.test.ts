import { describe, expect, test } from 'vitest';
import type { FoundHpa } from '../domain/hpa.ts';
import { applied, OPTIONS, wanted } from '../test/scaling.ts';
import { differences } from './difference.ts';

const desired = wanted();
const found = applied(desired);
const spec = desired.spec;
const [cpu, memory, ...reactive] = spec.metrics;
const withSpec = (about: object): FoundHpa => ({ ...found, spec: { ...found.spec, ...about } });

describe('no difference', () => {
  test.each([
    ['what was applied', found],
    ['a member that the API server adds', withSpec({ somethingNew: true })],
    [
      'a default deep inside',
      withSpec({
        behavior: { ...spec.behavior, scaleUp: { ...spec.behavior.scaleUp, tolerance: '0' } },
      }),
    ],
    [
      'the same quantity in other letters',
      withSpec({ metrics: [target('0.375'), memory, ...reactive] }),
    ],
    ['a label of somebody else', { ...found, labels: { ...found.labels, team: 'shop' } }],
    [
      'another owner beside ours',
      { ...found, owners: [...found.owners, { kind: 'X', name: 'x', uid: 'x' }] },
    ],
  ])('%s', (_, hpa) => {
    expect(differences(desired, hpa)).toEqual([]);
  });

  test('a tolerance that the API server dropped', () => {
    const tolerant = wanted({ options: { ...OPTIONS, tolerance: true } });
    expect(differences(tolerant, found)).toEqual([]);
  });
});

describe('a difference', () => {
  test.each([
    ['another maximum', withSpec({ maxReplicas: 9 }), ['maxReplicas']],
    ['no minimum', withSpec({ minReplicas: undefined }), ['minReplicas']],
    [
      'another target value',
      withSpec({ metrics: [target('400m'), memory, ...reactive] }),
      ['metrics'],
    ],
    ['a metric more', withSpec({ metrics: [...spec.metrics, cpu] }), ['metrics']],
    ['a metric less', withSpec({ metrics: [cpu, memory] }), ['metrics']],
    ['another order', withSpec({ metrics: spec.metrics.toReversed() }), ['metrics']],
    [
      'a selector that names more',
      withSpec({
        metrics: [target('375m', { component: 'cart', kind: 'X' }), memory, ...reactive],
      }),
      ['metrics'],
    ],
    ['no behavior', withSpec({ behavior: undefined }), ['behavior']],
    [
      'half a behavior',
      withSpec({ behavior: { scaleUp: spec.behavior.scaleUp } }),
      ['behavior.scaleDown'],
    ],
    ['another tolerance', tolerating('0.2'), ['behavior.scaleUp']],
    [
      'a label of ours missing',
      { ...found, labels: { 'app.kubernetes.io/managed-by': 'self-scaling' } },
      ['labels.self-scaling.io/component'],
    ],
    ['the workload made anew', { ...found, owners: [] }, ['ownerReferences']],
  ])('%s', (_, hpa, paths) => {
    const tolerant = wanted({ options: { ...OPTIONS, tolerance: true } });
    expect(differences(tolerant, hpa)).toEqual(paths);
  });
});

function target(averageValue: string, matchLabels: object = { component: 'cart' }) {
  return {
    type: 'External',
    external: {
      metric: { name: 'predicted-cpu', selector: { matchLabels } },
      target: { type: 'AverageValue', averageValue },
    },
  };
}

function tolerating(tolerance: string): FoundHpa {
  return withSpec({
    behavior: { ...spec.behavior, scaleUp: { ...spec.behavior.scaleUp, tolerance } },
  });
}
