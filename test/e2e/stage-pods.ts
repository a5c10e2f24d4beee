import { epochMs, seconds } from '../../domain/units.ts';
import type { PodSeen } from '../../forecast/replay/pods.ts';
import type { Cluster } from './objects.ts';
import { paths } from './objects.ts';
import { NAMESPACE, type PodReport } from './stage.ts';

/** A pod of the stage: a real object of the API server whose status we write. */
type StagePod = {
  readonly name: string;
  /** The how manieth of its target: its habits depend on it. */
  readonly number: number;
  age: number;
  goingFor?: number;
  seen: PodSeen;
};

const WINDOW_SECONDS = 2;
const FINALIZER = 'stage.test/curtain';
/** Syncs: a pod is pending, then it runs, then it is ready, or late, or never; when it goes it is seen going. */
const PENDING = 1;
const GOING = 2;

const readyAge = (number: number): number => (number % 9 === 8 ? 40 : 3 + (number % 3));

/** The pods of one target, brought one sync further at a time. */
export function stagePods(admin: Cluster, target: string, milliRequest: number) {
  const pods: StagePod[] = [];
  let made = 0;
  const path = paths.pods(NAMESPACE);
  const patch = async (name: string, body: unknown, sub = ''): Promise<void> =>
    void (await admin.patch(`${path}/${name}${sub}`, body));

  const create = async (): Promise<void> => {
    const number = made;
    made += 1;
    const name = `${target}-${number}`;
    await admin.create(path, podObject(target, name, milliRequest));
    pods.push({ name, number, age: 0, seen: { phase: 'Pending', isGoing: false } });
  };
  const leave = async (pod: StagePod): Promise<void> => {
    await admin.remove(`${path}/${pod.name}?gracePeriodSeconds=0`);
    pod.goingFor = 0;
    pod.seen = { ...pod.seen, isGoing: true };
  };
  const forget = async (pod: StagePod): Promise<void> => {
    await patch(pod.name, { metadata: { finalizers: null } });
    pods.splice(pods.indexOf(pod), 1);
  };
  const further = async (pod: StagePod, now: number): Promise<void> => {
    if (pod.goingFor !== undefined) {
      pod.goingFor += 1;
      if (pod.goingFor > GOING) await forget(pod);
      return;
    }
    pod.age += 1;
    if (pod.age !== PENDING && pod.age !== readyAge(pod.number)) return;
    const since = epochMs(Math.floor(now / 1000) * 1000);
    const startedAt = pod.seen.startedAt ?? since;
    pod.seen = {
      phase: 'Running',
      isGoing: false,
      startedAt,
      ready: { is: pod.age !== PENDING, since },
    };
    await patch(pod.name, statusOf(pod.seen), '/status');
  };

  const staying = (): StagePod[] => pods.filter(({ goingFor }) => goingFor === undefined);
  return {
    existing: (): number => staying().length,
    /** One sync further; the youngest leave first. */
    async step(wanted: number | undefined, now: number): Promise<void> {
      await Promise.all([...pods].map((pod) => further(pod, now)));
      if (wanted === undefined) return;
      const all = staying();
      await Promise.all(all.slice(wanted).map(leave));
      const more = Array.from({ length: Math.max(0, wanted - all.length) }, create);
      await Promise.all(more);
    },
    /** What metrics-server would say: the ready ones share the load, unevenly; `isLost` are not reported. */
    reports(milli: number, isLost: (number: number) => boolean, now: number): PodReport[] {
      const running = pods.filter(({ seen }) => seen.phase === 'Running');
      const ready = running.filter(
        ({ seen, goingFor }) => seen.ready?.is && goingFor === undefined,
      );
      const at = Math.floor(now / 1000) * 1000;
      return running
        .filter(({ number, age }) => age > PENDING && !isLost(number))
        .map(({ name, number, seen }) => ({
          name,
          milli: seen.ready?.is ? Math.ceil(milli / ready.length) + ((number * 37) % 90) : 7,
          at,
          windowSeconds: WINDOW_SECONDS,
        }));
    },
    /** Every pod as the controller sees it, with what it is said to use. */
    seen: (reports: readonly PodReport[]): readonly (PodSeen & { readonly milli: number })[] => {
      const byName = new Map(reports.map((report) => [report.name, report]));
      return pods.map(({ name, seen }) => {
        const report = byName.get(name);
        if (report === undefined) return { ...seen, milli: 0 };
        const { at, windowSeconds, milli } = report;
        return { ...seen, milli, report: { at: epochMs(at), window: seconds(windowSeconds) } };
      });
    },
  };
}

const podObject = (target: string, name: string, milliRequest: number) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: target }, finalizers: [FINALIZER] },
  spec: {
    nodeName: 'nowhere',
    containers: [
      { name: 'main', image: 'none', resources: { requests: { cpu: `${milliRequest}m` } } },
    ],
  },
});

const statusOf = ({ phase, startedAt, ready }: PodSeen) => ({
  status: {
    phase,
    startTime: new Date(startedAt ?? 0).toISOString(),
    conditions: [
      {
        type: 'Ready',
        status: ready?.is ? 'True' : 'False',
        lastTransitionTime: new Date(ready?.since ?? 0).toISOString(),
      },
    ],
  },
});
