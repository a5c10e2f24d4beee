import { describe, expect, test } from 'vitest';
import type { FoundHpa } from '../domain/hpa.ts';
import { aFoundHpa, anHpaOfOurs, applied, plan, wanted } from '../test/scaling.ts';

describe('ownership', () => {
  const keda = aFoundHpa({ name: 'keda-hpa-cart' });
  const ofScaledObject = aFoundHpa({ owners: [{ kind: 'ScaledObject', name: 'so', uid: 'u' }] });
  const copy = anHpaOfOurs({ managers: ['argocd-controller'] });
  const released = anHpaOfOurs({ labels: {} });
  const ours = anHpaOfOurs();
  test.each([
    ['nothing', [], 'create', undefined],
    ['ours, with differences', [ours], 'apply', undefined],
    ['a copy of ours in Git', [copy], 'leave', 'ExistingHPA'],
    ['ours without our label', [released], 'leave', 'ExistingHPA'],
    ['the HPA of a user', [aFoundHpa()], 'leave', 'ExistingHPA'],
    ['an HPA named by KEDA', [keda], 'leave', 'ScaledObjectPresent'],
    ['an HPA of a ScaledObject', [ofScaledObject], 'leave', 'ScaledObjectPresent'],
    ['two HPAs of users', [aFoundHpa(), keda], 'leave', 'AmbiguousTarget'],
    ['the HPA of a user beside ours', [ours, aFoundHpa()], 'remove', 'ExistingHPA'],
    ['KEDA beside ours', [ours, keda], 'remove', 'ScaledObjectPresent'],
    ['two of ours', [ours, { ...ours, name: 'cart-2' }], 'remove', 'AmbiguousTarget'],
    ['an HPA without a version of its target', [noVersion(aFoundHpa())], 'leave', 'ExistingHPA'],
    ['an HPA of another group', [inGroup('argoproj.io/v1')], 'create', undefined],
    ['an HPA of another kind', [ofKind('StatefulSet')], 'create', undefined],
    ['an HPA of another namespace', [aFoundHpa({ namespace: 'web' })], 'create', undefined],
  ])('%s', (_, hpas, kind, reason) => {
    const { change, trouble } = plan({ hpas });
    expect([change.kind, trouble?.reason]).toEqual([kind, reason]);
  });

  test('of two of ours the one with the name of the workload stays', () => {
    const { change } = plan({ hpas: [{ ...ours, name: 'a-cart' }, ours] });
    expect(change).toMatchObject({ kind: 'remove', found: { name: 'a-cart' } });
  });

  test('the message names whose HPA it is', () => {
    expect(plan({ hpas: [aFoundHpa()] }).trouble?.message).toBe(
      'the HPA shop/their-cart scales this workload; delete it, or unmanage the component',
    );
    expect(plan({ hpas: [aFoundHpa(), keda] }).trouble?.message).toBe(
      'the HPA shop/keda-hpa-cart and the HPA shop/their-cart have one target, so neither scales; delete one',
    );
  });

  const elsewhere = (name: string) =>
    aFoundHpa({ name, target: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'other' } });
  test('a name that an HPA of another target has is not taken from it', () => {
    expect(wanted({ hpas: [elsewhere('cart')] }).metadata.name).toBe('cart-self-scaling');
    const both = [elsewhere('cart'), elsewhere('cart-self-scaling')];
    expect(plan({ hpas: both }).change).toMatchObject({ kind: 'leave', reason: 'ExistingHPA' });
  });

  test('our HPA keeps the name it has', () => {
    const named = applied(wanted({ hpas: [elsewhere('cart')] }));
    expect(plan({ hpas: [named] }).change).toMatchObject({ reason: 'AsPlanned' });
  });
});

const noVersion = (hpa: FoundHpa): FoundHpa => ({
  ...hpa,
  target: { ...hpa.target, apiVersion: '' },
});
const inGroup = (apiVersion: string): FoundHpa =>
  aFoundHpa({ target: { apiVersion, kind: 'Deployment', name: 'cart' } });
const ofKind = (kind: string): FoundHpa =>
  aFoundHpa({ target: { apiVersion: 'apps/v1', kind, name: 'cart' } });

describe('D04: unmanage removes exactly ours', () => {
  test.each([
    ['ours', [anHpaOfOurs()], 'remove'],
    ['the HPA of a user', [aFoundHpa()], 'leave'],
    ['the HPA of a user with the name of ours', [aFoundHpa({ name: 'cart' })], 'leave'],
    ['a copy of ours in Git', [anHpaOfOurs({ managers: ['kubectl'] })], 'leave'],
    ['nothing', [], 'leave'],
  ])('%s', (_, hpas, kind) => {
    const { change, trouble } = plan({ hpas, managed: false });
    expect([change.kind, trouble]).toEqual([kind, undefined]);
  });

  test('ours goes and the one of the user stays', () => {
    const { change } = plan({ hpas: [aFoundHpa(), anHpaOfOurs()], managed: false });
    expect(change).toMatchObject({ kind: 'remove', found: { uid: 'uid-of-our-hpa' } });
  });
});
