import { paths, type Cluster } from '../e2e/objects.ts';
import { USAGE_CPU, USAGE_MEMORY } from './kwok-config.ts';

/** What all the pods of a component use together. */
export type Usage = {
  /** Cores. */
  readonly cpu: number;
  /** Bytes. */
  readonly memory: number;
};

export type Place = { readonly namespace: string; readonly component: string };
export type Track = Place & {
  /** At an instant (epoch ms); `undefined` leaves the usage as it is. */
  readonly usageAt: (at: number) => Usage | undefined;
};

type Pod = {
  readonly metadata: {
    readonly name: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
};

const AT_ONCE = 16;

/**
 * Divides the usage among the ready pods of the component (those with the label `app`), where kwok
 * reads it. metrics-server reports it two of its scrapes later.
 *
 * @returns how many pods share it; with none, nothing is written.
 */
export async function writeUsage(cluster: Cluster, place: Place, total: Usage): Promise<number> {
  const path = paths.pods(place.namespace);
  const pods = await cluster.list<Pod>(`${path}?labelSelector=app%3D${place.component}`);
  const ready = pods.filter(isReady);
  const annotations = share(total, ready.length);
  const stale = ready.filter(({ metadata }) =>
    Object.entries(annotations).some(([name, value]) => metadata.annotations?.[name] !== value),
  );
  for (let from = 0; from < stale.length; from += AT_ONCE) {
    const some = stale.slice(from, from + AT_ONCE);
    await Promise.all(
      some.map(({ metadata }) => annotate(cluster, path, metadata.name, annotations)),
    );
  }
  return ready.length;
}

/** Plays all the tracks at one instant; to be called on each beat. */
export async function playTracks(
  cluster: Cluster,
  tracks: readonly Track[],
  at: number,
): Promise<void> {
  for (const track of tracks) {
    const usage = track.usageAt(at);
    if (usage) await writeUsage(cluster, track, usage);
  }
}

/** A pod that went meanwhile needs no annotation. */
async function annotate(
  cluster: Cluster,
  path: string,
  name: string,
  annotations: Readonly<Record<string, string>>,
): Promise<void> {
  const type = 'application/merge-patch+json';
  const { status, text } = await cluster.raw(
    'PATCH',
    `${path}/${name}`,
    { metadata: { annotations } },
    type,
  );
  if (status !== 200 && status !== 404) throw new Error(`pod ${name}: ${status} ${text}`);
}

const isReady = ({ metadata, status }: Pod): boolean =>
  !metadata.deletionTimestamp &&
  (status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false);

/** In nanocores and bytes, so that the sum over the pods is the total. */
const share = ({ cpu, memory }: Usage, pods: number): Readonly<Record<string, string>> => ({
  [USAGE_CPU]: `${Math.round((cpu / pods) * 1e9)}n`,
  // No memory at all would be taken for a sample that is not complete.
  [USAGE_MEMORY]: String(Math.max(1, Math.round(memory / pods))),
});
