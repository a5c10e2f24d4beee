import { DatabaseSync } from 'node:sqlite';
import { CARRIES_CORES, type Shop } from './shop.ts';
import { paths } from './objects.ts';

type ForecastJson = {
  readonly start: string;
  readonly stepSeconds: number;
  readonly series: readonly { readonly level: number; readonly values: readonly number[] }[];
};

export type Hpa = {
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly { readonly manager: string; readonly subresource?: string }[];
  };
  readonly spec: {
    readonly maxReplicas: number;
    readonly metrics: readonly {
      readonly type: string;
      readonly external?: { readonly target: { readonly averageValue: string } };
    }[];
  };
  readonly status?: {
    readonly desiredReplicas?: number;
    readonly currentMetrics?: readonly {
      readonly type: string;
      readonly resource?: {
        readonly name: string;
        readonly current: { readonly averageUtilization?: number };
      };
    }[];
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason: string;
    }[];
  };
};

export const hpaOf = (shop: Shop, name: string): Promise<Hpa | undefined> =>
  shop.controlPlane.admin.find<Hpa>(`${paths.hpas('shop')}/${name}`);

export async function replicasOf(shop: Shop, name: string): Promise<number> {
  type Deployment = { readonly spec: { readonly replicas: number } };
  const path = `${paths.deployments('shop')}/${name}`;
  return (await shop.controlPlane.admin.get<Deployment>(path)).spec.replicas;
}

/**
 * The replicas that the forecast asks for now, from the forecast as REST tells it and from nothing of the
 * program's own arithmetic: the maximum at q90 over the steps that meet `[now, now + lead]`, divided by
 * what a pod carries.
 */
export async function expectedReplicas(shop: Shop, name: string, leadMs: number): Promise<number> {
  const answer = await shop.rest('GET', `/v1/components/shop/${name}/forecast`);
  if (answer.status !== 200) throw new Error(`forecast: ${answer.status} ${answer.text}`);
  const { start, stepSeconds, series } = answer.json() as ForecastJson;
  const now = Date.now();
  const stepMs = stepSeconds * 1000;
  const first = Math.floor((now - Date.parse(start)) / stepMs);
  const last = Math.floor((now + leadMs - Date.parse(start)) / stepMs);
  const q90 = series.find(({ level }) => level === 0.9)?.values ?? [];
  const most = Math.max(...q90.slice(first, last + 1));
  return Math.ceil(most / CARRIES_CORES);
}

/** The open quarter of every component as the store has it. */
export async function openBuckets(shop: Shop): Promise<{ start: number; samples: number }[]> {
  const db = new DatabaseSync(`${shop.folder}/store.sqlite`, { readOnly: true });
  try {
    const rows = db
      .prepare(
        'SELECT component_id, max(start_s) AS start, sample_count AS samples FROM usage GROUP BY component_id ORDER BY component_id',
      )
      .all();
    return rows
      .map(({ start, samples }) => ({ start: Number(start), samples: Number(samples) }))
      .filter(({ start }) => start * 1000 >= Math.floor(Date.now() / 900_000) * 900_000);
  } finally {
    db.close();
  }
}

export const utilizationOf = (hpa: Hpa | undefined): number | undefined =>
  hpa?.status?.currentMetrics?.find(({ resource }) => resource?.name === 'cpu')?.resource?.current
    .averageUtilization;

/** What a user would have without us. */
export const reactiveTwin = (name: string) => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name, namespace: 'shop' },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
    minReplicas: 1,
    maxReplicas: 40,
    metrics: [
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 75 } },
      },
    ],
    behavior: { scaleDown: { stabilizationWindowSeconds: 0 } },
  },
});

/** All of an HPA that its owner wrote: without what the HPA controller writes into its status. */
export async function shapeOf(shop: Shop, name: string): Promise<object> {
  const { metadata, spec } = await shop.controlPlane.admin.get<
    Hpa & { readonly metadata: { readonly uid: string } }
  >(`${paths.hpas('shop')}/${name}`);
  const managers = metadata.managedFields?.filter(({ subresource }) => subresource === undefined);
  return { uid: metadata.uid, labels: metadata.labels, managers, spec };
}
