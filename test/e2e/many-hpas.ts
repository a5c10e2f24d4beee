import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openAdapters, register, untilAvailable } from './adapters.ts';
import { expectSoon } from './expect-soon.ts';
import { activeHpas, createHpas, gapsOf, hpaAudit, hpaWarnings, type Sync } from './hpa-syncs.ts';
import { aLoopbackService, paths } from './objects.ts';

export type ManyWish = { readonly hpas: number; readonly seconds: number };
export type ManySeen = {
  readonly syncs: number;
  /** HPAs that asked at all. */
  readonly asking: number;
  readonly failed: number;
  readonly active: number;
  readonly warnings: readonly string[];
  /** Milliseconds between the questions of one HPA. */
  readonly gaps: { readonly least: number; readonly middle: number; readonly most: number };
};

/** The default of the HPA controller: each HPA asks this long after it was answered. */
export const PERIOD_MS = 15_000;
const FLAGS = [
  '--horizontal-pod-autoscaler-sync-period=15s',
  '--kube-api-qps=1000',
  '--kube-api-burst=2000',
];

/**
 * So many HPAs, `Value` and `AverageValue`, on a real control plane with the controller manager's rate
 * raised, watched for so long after all of them have been served. The API server's audit says when each of
 * them asked.
 */
export async function watchManyHpas({ hpas, seconds }: ManyWish): Promise<ManySeen> {
  await using house = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'self-scaling-hpas-'));
  house.defer(() => rm(folder, { recursive: true, force: true }));
  const audit = await hpaAudit(folder);
  const options = { apiServerFlags: audit.flags, controllerManagerFlags: FLAGS };
  const rig = await openAdapters(house, hpas, options);
  const { admin } = rig.controlPlane;
  const ca = await rig.certify();
  await admin.create(
    paths.services('self-scaling'),
    aLoopbackService('self-scaling', 'self-scaling-adapter'),
  );
  const { port } = await rig.start('adapter', '127.0.0.1');
  await register(rig.controlPlane, { ca: ca.cert, port });
  await untilAvailable(rig.controlPlane);
  await createHpas(admin, hpas);
  await expectSoon(
    'every HPA is served',
    () => activeHpas(admin),
    (count) => count === hpas,
    { withinMs: 90_000, everyMs: 1000 },
  );
  const from = Date.now();
  await delay(seconds * 1000);
  const until = Date.now();
  const seen = (await audit.syncs()).filter(({ atMs }) => atMs >= from && atMs <= until);
  return {
    ...summaryOf(seen),
    active: await activeHpas(admin),
    warnings: await hpaWarnings(admin),
  };
}

function summaryOf(syncs: readonly Sync[]): Omit<ManySeen, 'active' | 'warnings'> {
  const gaps = gapsOf(syncs).toSorted((a, b) => a - b);
  const at = (share: number): number => gaps[Math.floor(share * (gaps.length - 1))] ?? Infinity;
  return {
    syncs: syncs.length,
    asking: new Set(syncs.map(({ component }) => component)).size,
    failed: syncs.filter(({ code }) => code !== 200).length,
    gaps: { least: at(0), middle: at(0.5), most: at(1) },
  };
}
