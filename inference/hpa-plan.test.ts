import { describe, expect, test } from 'vitest';
import type { FoundHpa } from '../domain/hpa.ts';
import { bytes, cores } from '../domain/units.ts';
import { annotated, applied, aWorkload, OPTIONS, plan, wanted } from '../test/scaling.ts';

test('the HPA is exactly the one of the design', () => {
  expect(wanted()).toEqual({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: {
      name: 'cart',
      namespace: 'shop',
      labels: {
        'app.kubernetes.io/managed-by': 'self-scaling',
        'self-scaling.io/component': 'cart',
      },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart', uid: 'uid-of-the-workload' },
      ],
    },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart' },
      minReplicas: 2,
      maxReplicas: 20,
      metrics: [
        external('cpu', '375m'),
        external('memory', '409Mi'),
        resource('memory', 80),
        resource('cpu', 75),
      ],
      behavior: {
        scaleUp: {
          stabilizationWindowSeconds: 0,
          selectPolicy: 'Max',
          policies: [
            { type: 'Percent', value: 900, periodSeconds: 15 },
            { type: 'Pods', value: 10, periodSeconds: 15 },
          ],
        },
        scaleDown: {
          stabilizationWindowSeconds: 300,
          selectPolicy: 'Max',
          policies: [
            { type: 'Percent', value: 20, periodSeconds: 60 },
            { type: 'Pods', value: 2, periodSeconds: 60 },
          ],
        },
      },
    },
  });
});

const external = (name: string, averageValue: string, matchLabels = { component: 'cart' }) => ({
  type: 'External',
  external: {
    metric: { name: `predicted-${name}`, selector: { matchLabels } },
    target: { type: 'AverageValue', averageValue },
  },
});
const resource = (name: string, averageUtilization: number) => ({
  type: 'Resource',
  resource: { name, target: { type: 'Utilization', averageUtilization } },
});

test('the reactive metric may have a target of its own, and a rise a tolerance', () => {
  const options = {
    ...OPTIONS,
    tolerance: true,
    reactiveUtilization: 0.85,
    scaleUpTolerance: 0.05,
  };
  const { spec } = wanted({ options });
  const [reactive] = spec.metrics.filter(({ type }) => type === 'Resource').toReversed();
  expect(reactive).toMatchObject({
    resource: { name: 'cpu', target: { averageUtilization: 85 } },
  });
  expect(spec.behavior.scaleUp.tolerance).toBe('50m');
});

test('tolerance 0 is added where the cluster has it', () => {
  const { scaleUp, scaleDown } = wanted({ options: { ...OPTIONS, tolerance: true } }).spec.behavior;
  expect([scaleUp.tolerance, scaleDown.tolerance]).toEqual(['0', undefined]);
});

test('of two workloads of one name the kind is named too', () => {
  const workload = aWorkload({ otherKinds: ['StatefulSet'] });
  const matchLabels = { component: 'cart', kind: 'Deployment' };
  expect(wanted({ workload }).spec.metrics[0]).toEqual(external('cpu', '375m', matchLabels));
});

describe('D07: each resource is planned alone, and what is missing is left out with a reason', () => {
  const sidecar = { container: 'sidecar', resource: 'memory' } as const;
  test.each([
    [
      'cpu only',
      { cpu: cores(0.5), missing: [sidecar] },
      [external('cpu', '375m'), resource('cpu', 75)],
      'memory is left out: the container "sidecar" does not ask for any; add a request, or the annotation self-scaling.io/capacity-memory',
    ],
    [
      'memory only',
      { memory: bytes(2 ** 30), missing: [{ container: 'app', resource: 'cpu' } as const] },
      [external('memory', '819Mi'), resource('memory', 80)],
      'cpu is left out: the container "app" does not ask for any; add a request, or the annotation self-scaling.io/capacity-cpu',
    ],
  ])('%s', (_, requests, metrics, message) => {
    const workload = aWorkload({ requests });
    expect(wanted({ workload }).spec.metrics).toEqual(metrics);
    expect(plan({ workload }).trouble).toEqual({ reason: 'RequestsMissing', message });
  });

  test('neither: no HPA, and the remedy', () => {
    const { change } = plan({ workload: aWorkload({ requests: { missing: [] } }) });
    expect(change).toMatchObject({ kind: 'leave', reason: 'RequestsMissing' });
    expect(change).toHaveProperty(
      'why',
      expect.stringContaining('add a request, or the annotation'),
    );
  });

  test('an annotation takes the place of a request, and then only the forecast can be used', () => {
    const workload = { ...annotated({ 'capacity-cpu': '1' }), requests: { missing: [] } };
    expect(wanted({ workload }).spec.metrics).toEqual([external('cpu', '1')]);
  });

  test('so does what pods were seen to use', () => {
    const workload = aWorkload({ requests: { missing: [] } });
    const { metrics } = wanted({ workload, observed: { memory: 2 ** 31 } }).spec;
    expect(metrics).toEqual([external('memory', '2Gi')]);
  });

  test('a target is not forgotten when the usage it was made from cannot be read', () => {
    const workload = aWorkload({ requests: { missing: [] } });
    const ours = applied(wanted({ workload, observed: { cpu: 0.25 } }));
    expect(plan({ workload, hpas: [ours] }).change).toMatchObject({ reason: 'AsPlanned' });
  });
});

describe('D01: one quantity parser', () => {
  test('the annotations 1 and 1000m give one target', () => {
    const metricsFor = (text: string) =>
      wanted({ workload: annotated({ 'capacity-cpu': text }) }).spec.metrics;
    expect(metricsFor('1000m')).toEqual(metricsFor('1'));
    expect(metricsFor('1')[0]).toEqual(external('cpu', '1'));
  });
});

describe('D03: bounds come from people, not from a cap', () => {
  test.each([
    ['configuration', {}, 2, 20],
    ['annotations', { 'min-replicas': '5', 'max-replicas': '100' }, 5, 100],
    ['a minimum alone', { 'min-replicas': '7' }, 7, 20],
    ['a minimum above the maximum: the configuration', { 'min-replicas': '30' }, 2, 20],
    ['a bad maximum: the configuration', { 'max-replicas': 'many' }, 2, 20],
  ])('%s', (_, annotations, minReplicas, maxReplicas) => {
    expect(wanted({ workload: annotated(annotations) }).spec).toMatchObject({
      minReplicas,
      maxReplicas,
    });
  });

  test('a workload that runs more than the maximum keeps them when it gets its HPA', () => {
    expect(wanted({ workload: aWorkload({ replicas: 30 }) }).spec.maxReplicas).toBe(30);
  });

  test('a lowered maximum stops at the replicas that run', () => {
    const ours = applied(wanted({ options: { ...OPTIONS, maxReplicas: 50 } }));
    const at = (replicas: number) =>
      wanted({ hpas: [ours], workload: aWorkload({ replicas }) }).spec.maxReplicas;
    expect([at(40), at(21), at(3)]).toEqual([40, 21, 20]);
  });

  test('a bound that somebody else has set on our HPA is theirs from then on', () => {
    const ours = applied(wanted());
    const moved = (about: Partial<FoundHpa>): FoundHpa => ({
      ...ours,
      managers: ['self-scaling', 'kubectl-edit'],
      spec: { ...ours.spec, minReplicas: 4, maxReplicas: 8 },
      ...about,
    });
    expect(plan({ hpas: [moved({})] }).change).toMatchObject({ reason: 'AsPlanned' });
    const only = wanted({ hpas: [moved({ foreignBounds: ['maxReplicas'] })] }).spec;
    expect(only).toMatchObject({ minReplicas: 2, maxReplicas: 8 });
    const low = moved({ foreignBounds: ['maxReplicas'], spec: { ...ours.spec, maxReplicas: 1 } });
    expect(wanted({ hpas: [low] }).spec).toMatchObject({ minReplicas: 1, maxReplicas: 1 });
  });
});

test('a name that no selector can hold is left, with the reason', () => {
  const workload = aWorkload({ key: { namespace: 'shop', component: 'c'.repeat(64) } });
  expect(plan({ workload }).trouble?.reason).toBe('NameTooLong');
});
