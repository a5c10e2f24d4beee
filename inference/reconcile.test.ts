import { describe, expect, test } from 'vitest';
import { kubeUnavailable, refusal } from '../domain/errors.ts';
import { minutes } from '../domain/units.ts';
import type { Workload } from '../domain/workload.ts';
import { house, names, theirs, workload } from '../test/reconciling.ts';
import { anHpaOfOurs, annotated } from '../test/scaling.ts';

describe('D05: a conflict is the state of that component, and the others go on', () => {
  test('three components, the second with an HPA of a user', async () => {
    const user = theirs('b');
    const world = house([workload('a'), workload('b'), workload('c')], user);
    const states = await world.round();
    expect(world.cluster.writes).toEqual(['apply shop/a', 'apply shop/c']);
    expect(world.cluster.all().find(({ name }) => name === 'b')).toBe(user);
    expect(states.map(({ change, reason }) => [change, reason])).toEqual([
      ['create', undefined],
      ['leave', 'ExistingHPA'],
      ['create', undefined],
    ]);
    expect(states[1]?.message).toContain('the HPA shop/b scales this workload');
  });

  test.each([
    ['a conflict', refusal('KUBE_CONFLICT', 'the HPA shop/b has changed'), 'KUBE_CONFLICT'],
    ['a right that is missing', refusal('FORBIDDEN', 'may not patch'), 'FORBIDDEN'],
    ['a bug', new TypeError('x is undefined'), 'Failed'],
  ])('%s in the second', async (_, failure, reason) => {
    const world = house([workload('a'), workload('b'), workload('c')]);
    world.cluster.failing = (write) => (write.endsWith('/b') ? failure : undefined);
    const states = await world.round();
    expect(states.map((state) => state.reason)).toEqual([undefined, reason, undefined]);
    expect(states[1]?.conditions.find(({ type }) => type === 'Ready')).toMatchObject({
      status: 'False',
      reason,
    });
    world.cluster.failing = () => undefined;
    await world.round();
    expect(names(world)).toEqual(['a', 'c', 'b']);
  });
});

describe('D04: manage, unmanage', () => {
  test('ours is gone after one round, and the HPA of a user of a similar name stays', async () => {
    const user = theirs('other', { name: 'a-hpa' });
    const world = house([workload('a')], user);
    await world.round();
    expect(names(world)).toEqual(['a-hpa', 'a']);
    world.unmanaged.add('a');
    const [state] = await world.round();
    expect(world.cluster.all()).toEqual([user]);
    expect(state).toMatchObject({ change: 'remove', managed: false });
    expect(state).not.toHaveProperty('hpa');
  });

  test('an HPA of a user that appears beside ours makes ours step back in one round', async () => {
    const world = house([workload('a')]);
    await world.round();
    world.cluster.put(theirs('a', { name: 'mine' }));
    const [state] = await world.round();
    expect(names(world)).toEqual(['mine']);
    expect(state).toMatchObject({ change: 'remove', reason: 'ExistingHPA' });
  });

  test('ours that somebody deletes is back in one round, and the ledger has it twice', async () => {
    const world = house([workload('a')]);
    await world.round();
    await world.cluster.remove(world.cluster.all()[0]!);
    await world.round();
    expect(names(world)).toEqual(['a']);
    expect(world.decisions.map(({ kind }) => kind)).toEqual(['create', 'create']);
  });
});

describe('idle rounds write nothing', () => {
  test('a hundred of them: no HPA, no decision, no setting', async () => {
    const world = house([workload('a'), workload('b'), workload('c')], theirs('b'));
    world.unmanaged.add('c');
    await world.round();
    const before = [world.cluster.writes.length, world.decisions.length, world.settingWrites];
    for (let round = 0; round < 100; round += 1) await world.round();
    expect([world.cluster.writes.length, world.decisions.length, world.settingWrites]).toEqual(
      before,
    );
    expect(before).toEqual([1, 2, 1]);
  });

  test('two rounds at once are one', async () => {
    const world = house([workload('a')]);
    const [one, other] = await Promise.all([world.round(), world.round()]);
    expect(one).toBe(other);
    expect(world.cluster.writes).toEqual(['apply shop/a']);
  });
});

describe('the ledger', () => {
  test('has each change in one sentence', async () => {
    const world = house([workload('a')]);
    await world.round();
    world.workloads = [{ ...annotated({ 'max-replicas': '40' }), ...pick(workload('a')) }];
    await world.round();
    world.unmanaged.add('a');
    await world.round();
    expect(world.decisions.map(({ kind, text }) => `${kind}: ${text}`)).toEqual([
      'create: creates the HPA shop/a: 2 to 20 replicas, a pod carries 375m of cpu and 409Mi of memory',
      'apply: changes maxReplicas of the HPA shop/a: 2 to 40 replicas, a pod carries 375m of cpu and 409Mi of memory',
      'remove: removes the HPA shop/a, replicas stay as they are: the component is not managed',
    ]);
  });

  test('is written before the HPA; what cannot be recorded is not done', async () => {
    const world = house([workload('a')]);
    world.ledgerAway = true;
    const [state] = await world.round();
    expect(world.cluster.writes).toEqual([]);
    expect(state?.reason).toBe('STORE_UNAVAILABLE');
    world.ledgerAway = false;
    world.cluster.failing = () => refusal('FORBIDDEN', 'may not patch');
    for (let round = 0; round < 5; round += 1) await world.round();
    expect(world.decisions).toHaveLength(1);
  });

  test('away hides no trouble', async () => {
    const world = house([workload('a')], theirs('a'));
    world.ledgerAway = true;
    expect((await world.round())[0]?.reason).toBe('ExistingHPA');
    world.ledgerAway = false;
    await world.round();
    expect(world.decisions).toHaveLength(1);
  });

  test('is told a standing trouble once, and again when it comes back', async () => {
    const world = house([workload('a')], theirs('a'));
    for (let round = 0; round < 5; round += 1) await world.round();
    expect(world.decisions.map(({ kind, reason }) => [kind, reason])).toEqual([
      ['leave', 'ExistingHPA'],
    ]);
    world.unmanaged.add('a');
    await world.round();
    world.unmanaged.delete('a');
    await world.round();
    expect(world.decisions).toHaveLength(2);
  });
});

describe('nothing is done while something is not known', () => {
  test.each([
    [
      'workloads',
      (world: ReturnType<typeof house>) => {
        Object.defineProperty(world, 'workloads', {
          get: () => {
            throw kubeUnavailable('not listed yet');
          },
        });
      },
    ],
    [
      'HPAs',
      (world: ReturnType<typeof house>) => {
        world.cluster.list = () => Promise.reject(kubeUnavailable('the API server is away'));
      },
    ],
    [
      'managed flags',
      (world: ReturnType<typeof house>) => {
        world.flagsUnknown = true;
      },
    ],
  ])('%s', async (_, breakIt) => {
    const world = house([workload('a'), workload('b')], anHpaOfOurs());
    breakIt(world);
    await expect(world.round()).rejects.toMatchObject({ name: 'SelfScalingError' });
    expect([world.cluster.writes, world.decisions, world.settingWrites]).toEqual([[], [], 0]);
  });

  test('the next round is a new one', async () => {
    const world = house([workload('a')]);
    world.flagsUnknown = true;
    await expect(world.round()).rejects.toThrow('the flags were never read');
    world.flagsUnknown = false;
    expect(await world.round()).toHaveLength(1);
  });
});

describe('HPAs of ours whose workload is gone', () => {
  const gone = anHpaOfOurs({
    name: 'gone',
    target: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'gone' },
  });
  test('are removed, and said', async () => {
    const world = house([workload('a')], gone, theirs('lost'));
    await world.round();
    expect(names(world)).toEqual(['lost', 'a']);
    expect(world.decisions.at(-1)?.text).toContain('its workload is gone');
  });

  test('stay while no workload of their kind is known: it may be one that cannot be read now', async () => {
    const world = house([], gone);
    await world.round();
    expect(names(world)).toEqual(['gone']);
  });
});

const STATEFUL = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'a' };

describe('two workloads of one name', () => {
  const twins = [
    workload('a', { otherKinds: ['StatefulSet'] }),
    workload('a', { kind: 'StatefulSet', otherKinds: ['Deployment'] }),
  ];
  test('get HPAs of two names, in one round', async () => {
    const world = house(twins);
    await world.round();
    expect(names(world)).toEqual(['a', 'a-self-scaling']);
  });

  test('in trouble both are told of once each', async () => {
    const world = house(twins, theirs('a'), theirs('a', { name: 'b', target: { ...STATEFUL } }));
    for (let round = 0; round < 5; round += 1) await world.round();
    expect(world.decisions.map(({ reason }) => reason)).toEqual(['ExistingHPA', 'ExistingHPA']);
  });

  test('have the facts of one', async () => {
    const world = house(twins.toReversed());
    await world.round();
    expect(world.settings.get('facts/shop/a')?.value).toEqual({
      namespace: 'shop',
      component: 'a',
      kind: 'Deployment',
      otherKinds: ['StatefulSet'],
      level: 0.9,
      leadTimeMs: minutes(5),
      capacity: { cpu: 0.375, memory: 409 * 2 ** 20 },
    });
  });
});

describe('conditions', () => {
  test('say that the HPA stands, and what it says itself', async () => {
    const world = house([workload('a')]);
    await world.round();
    const [hpa] = world.cluster.all();
    const active = {
      type: 'ScalingActive',
      status: 'True',
      reason: 'ValidMetricFound',
      message: '',
    };
    world.cluster.put({ ...hpa!, conditions: [active, { ...active, type: 'Other' }] });
    const [state] = await world.round();
    const told = { status: 'True', reason: 'AsPlanned', message: 'the HPA is as it should be' };
    expect(state?.conditions).toEqual([
      { type: 'Ready', ...told },
      { type: 'HPAManaged', ...told },
      active,
    ]);
  });

  test('name a bad annotation, which stops nothing', async () => {
    const world = house([{ ...annotated({ level: 'high' }), ...pick(workload('a')) }]);
    const [state] = await world.round();
    expect(state?.change).toBe('create');
    expect(state?.conditions.find(({ type }) => type === 'SettingInvalid')?.message).toBe(
      'annotation self-scaling.io/level is "high", not a number from 0.5 to 0.99; the configuration holds',
    );
  });
});

const pick = ({ key, uid }: Workload) => ({ key, uid });
