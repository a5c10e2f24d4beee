import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FoundHpa, HpaChange } from '../domain/hpa.ts';
import { bytes, cores } from '../domain/units.ts';
import { annotated, applied, OPTIONS, plan } from '../test/scaling.ts';

/* Whatever a workload says, and whatever happens to it. */

const request = fc.option(fc.integer({ min: 1, max: 2 ** 40 }), { nil: undefined });
const workloads = fc
  .record({
    cpu: request,
    memory: request,
    replicas: fc.nat({ max: 60 }),
    min: fc.option(fc.integer({ min: -1, max: 60 }), { nil: undefined }),
    max: fc.option(fc.integer({ min: -1, max: 60 }), { nil: undefined }),
    twin: fc.boolean(),
  })
  .map(({ cpu, memory, replicas, min, max, twin }) => ({
    ...annotated({
      ...(min === undefined ? {} : { 'min-replicas': String(min) }),
      ...(max === undefined ? {} : { 'max-replicas': String(max) }),
    }),
    requests: {
      ...(cpu === undefined ? {} : { cpu: cores(cpu / 1024) }),
      ...(memory === undefined ? {} : { memory: bytes(memory) }),
      missing: [],
    },
    replicas,
    otherKinds: twin ? ['StatefulSet'] : [],
  }));

test('a plan carried out and made again changes nothing the second time', () => {
  fc.assert(
    fc.property(workloads, fc.boolean(), (workload, tolerance) => {
      const options = { ...OPTIONS, tolerance };
      const first = plan({ workload, options }).change;
      fc.pre(first.kind === 'create');
      const again = plan({ workload, options, hpas: [applied(first.hpa)] }).change;
      expect(again).toMatchObject({ kind: 'leave', reason: 'AsPlanned' });
    }),
  );
});

test('no sequence of changes and failures lowers a maximum below the replicas that run', () => {
  const story = fc.array(
    fc.record({
      workload: workloads,
      observed: fc.boolean(),
      ceiling: fc.integer({ min: 2, max: 60 }),
    }),
    { minLength: 1, maxLength: 12 },
  );
  fc.assert(
    fc.property(story, (steps) => {
      let ours: FoundHpa | undefined;
      for (const { workload, observed, ceiling } of steps) {
        const before = Number(ours?.spec['maxReplicas'] ?? Infinity);
        const { change } = plan({
          workload,
          options: { ...OPTIONS, maxReplicas: ceiling },
          hpas: ours === undefined ? [] : [ours],
          observed: observed ? { cpu: 0.5 } : {},
        });
        expect(change.kind).not.toBe('remove');
        const after = hpaOf(change) ?? ours;
        const { maxReplicas, minReplicas } = boundsOf(after);
        expect(maxReplicas).toBeGreaterThanOrEqual(Math.min(workload.replicas, before));
        expect(minReplicas).toBeLessThanOrEqual(maxReplicas);
        ours = after;
      }
    }),
  );
});

const hpaOf = (change: HpaChange): FoundHpa | undefined =>
  change.kind === 'create' || change.kind === 'apply' ? applied(change.hpa) : undefined;

/** Where there is no HPA there is nothing that could lower anything. */
const boundsOf = (hpa: FoundHpa | undefined) => ({
  minReplicas: Number(hpa?.spec['minReplicas'] ?? 0),
  maxReplicas: Number(hpa?.spec['maxReplicas'] ?? Infinity),
});
