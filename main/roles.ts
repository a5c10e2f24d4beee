import { hostname } from 'node:os';
import { createMeters, type Meters } from '../api/meters.ts';
import type { Config } from '../config/schema.ts';
import { onEveryBeat } from '../domain/beat.ts';
import { systemClock } from '../domain/clock.ts';
import { seconds } from '../domain/units.ts';
import { openEvents, type Events } from '../kube/events.ts';
import { ensureCertificates, readCertificates } from './certificates.ts';
import { openApiServiceObject, openCluster, openGate, openWorld, type Cluster } from './cluster.ts';
import { controller } from './control.ts';
import { healthOf } from './health.ts';
import { openKeda } from './keda.ts';
import { guardedApiService, guardedHpas, openLeadership } from './leading.ts';
import { tellExpiry, tellSnapshotAge } from './metered.ts';
import { openParts } from './open-parts.ts';
import { openOps } from './ops.ts';
import type { Parts } from './parts.ts';
import { keepScores, keepUses, tellAges } from './scoring.ts';
import {
  keepCertified,
  keepFresh,
  keepRegistered,
  openMetricsApi,
  openServedSnapshots,
  openSnapshots,
} from './serve-metrics.ts';
import type { Trainer } from './training-run.ts';
import { tracedKube } from './traced.ts';

export type Role = 'all' | 'adapter' | 'controller' | 'trainer';

/** What is asked of a trainer alone. */
export type TrainerTask = Pick<Trainer, 'shard'> & {
  /** Chooses once for its components, or tunes the network once, and ends. */
  readonly once?: boolean;
  readonly fineTune?: boolean;
};

type Running = {
  readonly house: AsyncDisposableStack;
  readonly parts: Parts;
  readonly meters: Meters;
  readonly cluster: Cluster;
};

/** Connections of adapters are long-lived: they are given longer to go elsewhere. */
const DRAIN = { all: 10, adapter: 10, controller: 5, trainer: 0 } as const;

/**
 * Runs a role until a signal ends it. Opened top to bottom, closed bottom to top, also when a later line throws.
 *
 * @throws {SelfScalingError} `CONFIG_INVALID`, `STORE_UNAVAILABLE` at the start; afterwards loops report and go on.
 */
export async function runRole(
  role: Role,
  config: Config,
  trainer: TrainerTask = {},
): Promise<void> {
  await using house = new AsyncDisposableStack();
  const meters = createMeters();
  const parts = await openParts(house, config, {
    role,
    drainFor: seconds(DRAIN[role]),
    spills: role === 'all' || role === 'controller',
    meters,
  });
  const { life, log, version } = parts;
  meters.set('build_info', 1, { version, node: process.versions.node, role });
  log.info({ version, node: process.versions.node, store: config.store.kind }, 'starting');
  try {
    const loops =
      role === 'trainer'
        ? await openTrainer(house, parts, { ...trainer, meters })
        : await openRole(role, house, parts, meters);
    await Promise.all(loops.map((loop) => loop(life.stopped)));
  } finally {
    // Also when it could not be opened: what was begun before must not keep the process alive.
    life.stop('the role ended');
  }
  log.info({}, 'stopped');
}

type Loop = (signal: AbortSignal) => Promise<void>;

async function openTrainer(
  house: AsyncDisposableStack,
  parts: Parts,
  { once = false, ...trainer }: TrainerTask & Trainer & { readonly meters: Meters },
): Promise<Loop[]> {
  const { train, trainOnce } = await import('./training.ts');
  if (once) return [async (signal) => void (await trainOnce(parts, trainer, signal))];
  const ops = await openOps(house, parts, trainer.meters, async () => []);
  parts.log.info({ ops, ...trainer.shard }, 'ready to train');
  return [
    settingsLoop(parts),
    (signal) => train(parts, trainer, signal),
    (signal) => keepScores(parts, signal, trainer.shard),
  ];
}

async function openRole(
  role: Exclude<Role, 'trainer'>,
  house: AsyncDisposableStack,
  parts: Parts,
  meters: Meters,
): Promise<Loop[]> {
  const { config, log } = parts;
  const opened = openCluster(config.kube, log, parts.clock.now());
  const cluster = { ...opened, kube: tracedKube(opened.kube, parts.tracing) };
  house.use(cluster.kube);
  const running = { house, parts, meters, cluster };
  if (role === 'adapter') return await openAdapter(running);
  return await openController(running, role);
}

async function openAdapter({ house, parts, meters, cluster }: Running): Promise<Loop[]> {
  const { clock, life, log } = parts;
  const snapshots = openServedSnapshots(parts);
  const certificates = await readCertificates(parts);
  await snapshots.refresh(clock.now(), life.stopped).catch((error: unknown) => {
    log.warn({ err: error }, 'no forecasts could be read yet; metrics are refused until they are');
  });
  const gate = openGate(house, cluster, meters);
  const api = await openMetricsApi(house, parts, { snapshots, gate, certificates, meters });
  const { kube } = cluster;
  const keda = await openKeda(house, parts, { snapshots, certificates, meters, kube });
  const ops = await openOps(house, parts, meters, async () => []);
  tellSnapshotAge(parts, snapshots, meters);
  tellExpiry(certificates, meters);
  log.info({ metrics: api.port, ops }, 'the external metrics API is served');
  return [
    keda,
    (signal) => keepFresh(parts, snapshots, meters, signal),
    (signal) => keepCertified(parts, certificates, [api], signal),
  ];
}

/** The controller; in `all` it serves the metrics too, from the snapshots that REST shows. */
async function openController(running: Running, role: 'all' | 'controller'): Promise<Loop[]> {
  const { house, parts, meters, cluster } = running;
  const { board, clock, config, life, log } = parts;
  // An adapter needs neither, and is to stay small.
  const [{ openRest }, { train }] = [await import('./rest.ts'), await import('./training.ts')];
  await ensureCertificates(parts, cluster.kube);
  const certificates = await readCertificates(parts, cluster.kube);
  const snapshots = openSnapshots(parts);
  const world = openWorld(house, cluster, config.kube, life.stopped);
  const gate = openGate(house, cluster, meters);
  const leadership = openLeadership(running, role === 'controller');
  const hpas = guardedHpas(world.hpas, leadership.guard);
  const events = openEvents({ ...cluster, now: () => clock.now(), instance: hostname() });
  const { tell } = events;
  const control = controller(parts, { ...world, hpas, tell }, meters);
  const health = healthOf(parts, world, control);
  await parts.settings.refresh(life.stopped).catch((error: unknown) => {
    log.warn({ err: error }, 'the settings could not be read yet; nothing is done until they are');
  });
  await snapshots.refresh(clock.now(), life.stopped).catch(() => undefined);
  const api =
    role === 'all'
      ? await openMetricsApi(house, parts, { snapshots, gate, certificates, meters })
      : undefined;
  const { kube } = cluster;
  const keda =
    role === 'all'
      ? await openKeda(house, parts, { snapshots, certificates, meters, kube })
      : undefined;
  const rest = await openRest(house, parts, {
    components: control.components,
    snapshots,
    health,
    meters,
    reviewer: gate.reviewer,
    certificate: config.controller.access === 'loopback' ? undefined : certificates.current(),
  });
  const ops = await openOps(house, parts, meters, async (signal) => await health.checks(signal));
  log.info({ rest: rest.url, metrics: api?.port, ops }, 'the management API is served');
  tellAges(parts, { snapshots, components: control.components, meters });
  tellSnapshotAge(parts, snapshots, meters);
  tellExpiry(certificates, meters);
  const object = guardedApiService(openApiServiceObject(house, cluster), leadership.guard);
  const port = config.adapter.servicePort === 0 ? (api?.port ?? 0) : config.adapter.servicePort;
  const lead = (signal: AbortSignal): Promise<void> =>
    leadership.lead(async (leading) => {
      const kept = await ensureCertificates(parts, cluster.kube);
      await Promise.all([
        control.lead(leading),
        keepEvents(events, leading),
        keepUses(
          parts,
          { snapshots, components: control.components, ledger: control.ledger, meters },
          leading,
        ),
        keepRegistered(parts, { object, certificates: kept, meters, port, tell }, leading),
        board.work('inference', (_, __, stop) => control.inferenceRun(stop), leading),
      ]);
    }, signal);
  const common: Loop[] = [
    settingsLoop(parts),
    (signal) => keepFresh(parts, snapshots, meters, signal),
    (signal) => control.keepReadiness(signal),
    (signal) => keepCertified(parts, certificates, [rest, ...(api ? [api] : [])], signal),
    lead,
    ...(keda ? [keda] : []),
  ];
  if (role === 'controller') return common;
  const training: Loop = (signal) =>
    train(parts, { trained: (stop) => snapshots.refresh(clock.now(), stop), meters }, signal);
  return [...common, training, (signal) => keepScores(parts, signal)];
}

/** What the leader has noted is written soon after, and at its own pace. */
const keepEvents = (events: Events, signal: AbortSignal): Promise<void> =>
  onEveryBeat(
    seconds(2),
    (stop) => events.flush(stop),
    () => {},
    systemClock,
    signal,
  );

/** Another replica may have taken a change: it is seen within ten seconds. */
const settingsLoop =
  ({ settings, log }: Parts): Loop =>
  (signal) =>
    onEveryBeat(
      seconds(10),
      (stop) => settings.refresh(stop),
      (error) => log.warn({ err: error }, 'the settings were not read anew; the last ones hold'),
      systemClock,
      signal,
    );
