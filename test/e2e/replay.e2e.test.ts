import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HpaSpec } from '../../domain/hpa.ts';
import {
  averageValueReplicas,
  utilizationReplicas,
  type PodTally,
  type Tolerance,
} from '../../domain/replicas.ts';
import { epochMs, seconds } from '../../domain/units.ts';
import { syncExactly, type HpaMemory, type HpaRules } from '../../forecast/replay/hpa-rules.ts';
import { groupOf } from '../../forecast/replay/pods.ts';
import { startControlPlane, type ControlPlane } from '../control-plane/control-plane.ts';
import { whyMissing } from '../control-plane/programs.ts';
import { paths } from './objects.ts';
import { stagePods } from './stage-pods.ts';
import { NAMESPACE, openStage, type Actor, type Scene } from './stage.ts';
import { traceOf, type TraceName } from './traces.ts';

const SYNCS = 210;
/** Syncs stand on a grid whose places are never near a whole second, nor any distance of two near an odd one. */
const PERIOD_MS = 2000 / 3;
const OFFSET_MS = 1000 / 6;
/** The controller's caches have seen our pods by then. */
const CACHES_MS = 80;

const READINESS = { cpuInitializationPeriod: seconds(7), initialReadinessDelay: seconds(3) };
const DOWNSCALE_STABILIZATION = seconds(5);
const FLAGS = [
  '--horizontal-pod-autoscaler-sync-period=100ms',
  '--horizontal-pod-autoscaler-downscale-stabilization=5s',
  '--horizontal-pod-autoscaler-cpu-initialization-period=7s',
  '--horizontal-pod-autoscaler-initial-readiness-delay=3s',
  '--kube-api-content-type=application/json',
  '--kube-api-qps=500',
  '--kube-api-burst=500',
];

const REQUEST_MILLI = 1000;
const EXTERNAL_TARGET_MILLI = 750;
const RESOURCE_TARGET = 75;
const MAXIMUM = 18;

type Play = {
  readonly name: string;
  readonly trace: TraceName;
  /** Values of the trace between two syncs. */
  readonly stride: number;
  readonly hasExternal: boolean;
  /** Replicas before the first sync. */
  readonly first: number;
  readonly behavior?: HpaSpec['behavior'];
};

const PLAYS: readonly Play[] = [
  { name: 'reactive', trace: 'cart', stride: 55, hasExternal: false, first: 14 },
  {
    name: 'predictive',
    trace: 'search',
    stride: 1,
    hasExternal: true,
    first: 4,
    behavior: {
      scaleUp: {
        tolerance: '0.05',
        stabilizationWindowSeconds: 0,
        selectPolicy: 'Max',
        policies: [
          { type: 'Percent', value: 30, periodSeconds: 1 },
          { type: 'Pods', value: 3, periodSeconds: 1 },
        ],
      },
      scaleDown: {
        stabilizationWindowSeconds: 1,
        selectPolicy: 'Max',
        policies: [
          { type: 'Percent', value: 20, periodSeconds: 9 },
          { type: 'Pods', value: 2, periodSeconds: 5 },
        ],
      },
    },
  },
  {
    name: 'hesitant',
    trace: 'checkout',
    stride: 13,
    hasExternal: true,
    first: 4,
    behavior: {
      scaleUp: {
        stabilizationWindowSeconds: 3,
        selectPolicy: 'Min',
        policies: [
          { type: 'Percent', value: 100, periodSeconds: 5 },
          { type: 'Pods', value: 4, periodSeconds: 3 },
        ],
      },
      scaleDown: {
        stabilizationWindowSeconds: 3,
        selectPolicy: 'Min',
        policies: [
          { type: 'Percent', value: 40, periodSeconds: 3 },
          { type: 'Pods', value: 3, periodSeconds: 7 },
        ],
      },
    },
  },
];

type Simulated = {
  readonly replicas: number;
  readonly wanted: number;
  readonly existing: number;
  readonly proposals: readonly (number | undefined)[];
  readonly pods: PodTally;
};
type Step = Simulated & { readonly real: number };

const isBetween = (sync: number, from: number, to: number): boolean => sync >= from && sync < to;
/** What goes wrong on the stage, by sync. */
const isRefused = (sync: number): boolean =>
  [
    [30, 44],
    [90, 112],
    [150, 153],
  ].some(([from, to]) => isBetween(sync, from!, to!));
const isLost = (sync: number, pod: number): boolean =>
  isBetween(sync % 60, 20, 40) && (pod + Math.floor(sync / 4)) % 5 === 0;
/** Somebody scales by hand: above the maximum, to nothing, and back. */
const BY_HAND: ReadonlyMap<number, number> = new Map([
  [140, MAXIMUM + 4],
  [170, 0],
  [173, 3],
]);

const missing = whyMissing(['etcd', 'kube-apiserver', 'kube-controller-manager']);

describe.skipIf(missing !== undefined)(`the replay's HPA ${missing ?? ''}`, () => {
  let controlPlane: ControlPlane;
  beforeAll(async () => {
    controlPlane = await startControlPlane({ controllerManagerFlags: FLAGS });
  });
  afterAll(async () => {
    await controlPlane[Symbol.asyncDispose]();
  });

  test(`decides as the real controller does, over ${SYNCS} syncs of three traces`, async () => {
    const actors = new Map(PLAYS.map((play) => [play.name, anActor(controlPlane, play)]));
    await using house = new AsyncDisposableStack();
    house.use(await openStage(controlPlane, actors));
    for (const play of PLAYS) await controlPlane.admin.create(paths.hpas(NAMESPACE), anHpa(play));
    const played = await Promise.all([...actors.values()].map(({ ended }) => ended));
    for (const [index, steps] of played.entries()) {
      const changes = steps.filter(({ wanted, real }) => wanted !== real).length;
      process.stdout.write(`  ${PLAYS[index]!.name}: ${steps.length} syncs, ${changes} rescales\n`);
      const differing = steps.flatMap((step, sync) =>
        step.real === step.replicas ? [] : [{ sync, ...step }],
      );
      expect.soft(differing).toEqual([]);
      expect.soft(changes).toBeGreaterThanOrEqual(10);
    }
    const all = played.flat();
    const count = (is: (step: Step) => boolean): number => all.filter(is).length;
    const highest = ({ proposals }: Step): number => Math.max(...proposals.map((one) => one ?? 0));
    const met = {
      slowedRises: count((step) => step.real > step.wanted && highest(step) > step.real),
      heldFalls: count((step) => step.real === step.wanted && highest(step) < step.real),
      refusals: count(({ proposals }) => proposals.includes(undefined)),
      tolerated: count(({ proposals, wanted, pods }) =>
        proposals.some((one) => one === wanted && pods.usage !== 750 * pods.counted),
      ),
      unready: count(({ pods }) => pods.unready > 0 && pods.counted > 0),
      unreported: count(({ pods }) => pods.missing > 0 && pods.counted > 0),
      podsBehind: count(({ existing, wanted }) => existing !== wanted),
    };
    process.stdout.write(`  ${JSON.stringify(met)}\n`);
    expect(Object.values(met).every((times) => times >= 5)).toBe(true);
  }, 300_000);
});

function anActor(controlPlane: ControlPlane, play: Play): Actor & { ended: Promise<Step[]> } {
  const pods = stagePods(controlPlane.admin, play.name, REQUEST_MILLI);
  const demand = demandOf(play);
  const simulate = simulation(play, pods.seen);
  const ended = Promise.withResolvers<Step[]>();
  const steps: Step[] = [];
  let wanted = play.first;
  let simulated: Simulated | undefined;
  return {
    ended: ended.promise,
    scaled: (replicas) => void (wanted = replicas),
    async begin(): Promise<Scene> {
      if (simulated) steps.push({ ...simulated, real: wanted });
      const sync = steps.length;
      if (sync === SYNCS) ended.resolve(steps);
      if (sync >= SYNCS) return await new Promise<never>(() => undefined);
      wanted = BY_HAND.get(sync) ?? wanted;
      // A Deployment's pods do not always exist by the next sync.
      await pods.step(sync % 5 === 4 ? undefined : wanted, Date.now());
      await delay(CACHES_MS);
      await delay(untilNextPlace(Date.now()));
      const now = Date.now();
      const milli = Math.round(demand(sync) * 1000);
      const reports = pods.reports(milli, (pod) => isLost(sync, pod), now);
      const external = Math.round(demand(sync + 6) * 1000);
      const scene: Scene = {
        wanted,
        existing: pods.existing(),
        ...(isRefused(sync) ? {} : { externalMilli: external }),
        reports,
      };
      simulated = simulate(scene, now);
      return scene;
    },
  };
}

const untilNextPlace = (now: number): number =>
  (PERIOD_MS - ((now - OFFSET_MS) % PERIOD_MS)) % PERIOD_MS;

/** The trace's liveliest stretch, from almost nothing to as much as the maximum carries. */
function demandOf({ trace, stride }: Play): (sync: number) => number {
  const values = traceOf(trace, 1).values.filter((value) => value !== undefined);
  const length = (SYNCS + 6) * stride;
  const unrest = (from: number): number => {
    const some = values.slice(from, from + length);
    return some.reduce((sum, value, at) => sum + Math.abs(value - (some[at - stride] ?? value)), 0);
  };
  const starts = Array.from({ length: 40 }, (_, i) =>
    Math.floor((i * (values.length - length)) / 40),
  );
  const start = starts.reduce((best, one) => (unrest(one) > unrest(best) ? one : best));
  const some = values.slice(start, start + length);
  const [lowest, highest] = [Math.min(...some), Math.max(...some)];
  return (sync) => 0.4 + (13.6 * ((some[sync * stride] ?? lowest) - lowest)) / (highest - lowest);
}

type Pods = ReturnType<typeof stagePods>['seen'];

/** The same through our rules; the controller's memory is ours. */
function simulation(play: Play, seen: Pods) {
  const rules: HpaRules = {
    minReplicas: 1,
    maxReplicas: MAXIMUM,
    ...(play.behavior ? { behavior: play.behavior } : {}),
    downscaleStabilization: DOWNSCALE_STABILIZATION,
  };
  const tolerance: Tolerance = {
    up: Number(play.behavior?.scaleUp.tolerance ?? 0.1),
    down: 0.1,
  };
  let memory: HpaMemory | undefined;
  return (scene: Scene, at: number): Simulated => {
    const now = epochMs(at);
    const tally = tallyOf(seen(scene.reports), now);
    const resource = utilizationReplicas(tally, RESOURCE_TARGET, scene.wanted, tolerance);
    const { externalMilli: value, existing } = scene;
    const external =
      value === undefined
        ? undefined
        : averageValueReplicas(value, EXTERNAL_TARGET_MILLI, existing, tolerance);
    const proposals = play.hasExternal ? [external, resource] : [resource];
    const decided = syncExactly(rules, scene.wanted, proposals, memory, now);
    memory = decided.memory;
    const { wanted } = scene;
    return { replicas: decided.replicas, wanted, existing, proposals, pods: tally };
  };
}

function tallyOf(pods: ReturnType<Pods>, now: ReturnType<typeof epochMs>): PodTally {
  const groups = Map.groupBy(pods, (pod) => groupOf(pod, READINESS, now));
  const count = (group: 'counted' | 'unready' | 'missing'): number =>
    groups.get(group)?.length ?? 0;
  const usage = (groups.get('counted') ?? []).reduce((sum, { milli }) => sum + milli, 0);
  return {
    counted: count('counted'),
    unready: count('unready'),
    missing: count('missing'),
    usage,
    request: REQUEST_MILLI,
  };
}

const anHpa = ({ name, hasExternal, behavior }: Play) => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name },
  spec: {
    scaleTargetRef: { apiVersion: 'stage.test/v1', kind: 'Player', name },
    minReplicas: 1,
    maxReplicas: MAXIMUM,
    metrics: [
      ...(hasExternal
        ? [
            {
              type: 'External',
              external: {
                metric: {
                  name: 'predicted-cpu',
                  selector: { matchLabels: { component: name } },
                },
                target: { type: 'AverageValue', averageValue: `${EXTERNAL_TARGET_MILLI}m` },
              },
            },
          ]
        : []),
      {
        type: 'Resource',
        resource: {
          name: 'cpu',
          target: { type: 'Utilization', averageUtilization: RESOURCE_TARGET },
        },
      },
    ],
    ...(behavior ? { behavior } : {}),
  },
});
