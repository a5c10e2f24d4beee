import { join, parse } from 'node:path';
import { externalMetrics } from '../adapter/provider.ts';
import { createMeters } from '../api/meters.ts';
import { onEveryBeat } from '../domain/beat.ts';
import { fastClock, systemClock } from '../domain/clock.ts';
import { isRefusal } from '../domain/errors.ts';
import { isForecast } from '../domain/run.ts';
import { managedName } from '../domain/settings.ts';
import { seconds } from '../domain/units.ts';
import { simulatedCluster } from '../forecast/replay/simulated-cluster.ts';
import { ensureCertificates, readCertificates } from './certificates.ts';
import { controller } from './control.ts';
import { banner, screen, statusLine, tellMoves } from './demo-banner.ts';
import { proveDemo } from './demo-proof.ts';
import { demoConfig, demoFolder, resumeAt, type DemoFlags } from './demo-setup.ts';
import { openingIn, shopPlay, tracePlay, type Play } from './demo-shop.ts';
import { openGateForAll, playHpas, simulatedWorld } from './demo-world.ts';
import { exitCodeOf } from './exit-code.ts';
import { healthOf } from './health.ts';
import { tellExpiry, tellSnapshotAge } from './metered.ts';
import { openParts } from './open-parts.ts';
import { openOps } from './ops.ts';
import type { Parts } from './parts.ts';
import { openRest } from './rest.ts';
import { keepFresh, openMetricsApi, openSnapshots } from './serve-metrics.ts';
import { keepScores, keepUses, tellAges } from './scoring.ts';
import { train } from './training.ts';

const HOME = '.self-scaling';

/** Where a play is kept unless `--data` says: each trace has its own folder. */
export const usualFolder = (input: string | undefined): string =>
  join(HOME, input === undefined ? 'demo' : `demo-${parse(input).name}`);

/** Components that nobody asks to be scaled: one has too little history, one does nothing. */
const LEFT_ALONE = new Set(['newcomer', 'idle']);

/**
 * The main job on a simulated cluster: everything else is the real program.
 *
 * @returns the exit code; with `--check` one JSON object is on stdout.
 */
export async function runDemo(flags: DemoFlags): Promise<number> {
  const begun = systemClock.monotonic();
  try {
    const proof = await play(flags, begun);
    if (flags.check) process.stdout.write(`${JSON.stringify(proof)}\n`);
    return 0;
  } catch (error) {
    if (!flags.check) throw error;
    const reason = isRefusal(error) ? `${error.code}: ${error.message}` : String(error);
    process.stdout.write(`${JSON.stringify({ reason })}\n`);
    return exitCodeOf(error);
  }
}

async function play(flags: DemoFlags, begun: number): Promise<object | undefined> {
  await using house = new AsyncDisposableStack();
  const folder = await demoFolder(house, flags.data);
  const config = await demoConfig(flags, folder);
  const opening = await openingIn(folder, flags, systemClock.now());
  const start = await resumeAt(config, systemClock.now());
  const meters = createMeters();
  const parts = await openParts(house, config, {
    role: 'demo',
    meters,
    drainFor: seconds(0),
    spills: true,
    // A proof does not play: time passes as it does for everybody.
    clock: fastClock(start, flags.check ? 1 : flags.speed),
    descriptor: 2,
  });
  const { clock, life, settings, store } = parts;
  const scene =
    flags.input === undefined
      ? shopPlay(flags.seed, opening.opensAt)
      : await tracePlay(flags.input, opening.opensAt, life.stopped);
  await store.appendHistory(scene.history, life.stopped);
  screen.say(`history: ${scene.history.length} buckets of ${scene.traces.length} components`);
  await settings.refresh(life.stopped);
  await manageOnce(parts, scene);

  const cluster = simulatedCluster(scene.traces, () => clock.now());
  const world = simulatedWorld(cluster);
  const snapshots = openSnapshots(parts);
  await ensureCertificates(parts);
  const certificates = await readCertificates(parts);
  const gate = openGateForAll;
  const control = controller(parts, world, meters);
  const api = await openMetricsApi(house, parts, { snapshots, gate, certificates, meters });
  const health = healthOf(parts, world, control);
  const rest = await openRest(house, parts, {
    components: control.components,
    snapshots,
    health,
    meters,
  });
  const ops = await openOps(house, parts, meters, (signal) => health.checks(signal));
  const run = { parts, snapshots, certificates, port: api.port, url: rest.url, scene };

  tellAges(parts, { snapshots, components: control.components, meters });
  tellSnapshotAge(parts, snapshots, meters);
  tellExpiry(certificates, meters);
  const { stopped } = life;
  const told = tellMoves();
  const loops = Promise.all([
    train(parts, { trained: (signal) => snapshots.refresh(clock.now(), signal), meters }, stopped),
    control.lead(stopped),
    keepScores(parts, stopped),
    keepUses(
      parts,
      { snapshots, components: control.components, ledger: control.ledger, meters },
      stopped,
    ),
    parts.board.work('inference', (_, __, signal) => control.inferenceRun(signal), stopped),
    keepFresh(parts, snapshots, meters, stopped),
    ...(flags.check
      ? []
      : [playHpas(parts, cluster, externalMetrics(snapshots), told.tell, stopped)]),
  ]);
  try {
    await firstForecasts(parts);
    if (flags.check) return { ...(await proveDemo(run)), seconds: secondsSince(begun) };
    screen.say(banner({ ...run, folder, ops, speed: flags.speed }));
    const status = async (): Promise<void> =>
      screen.show(statusLine(clock.now(), flags.speed, control.components.list(), told.moves));
    await Promise.all([loops, onEveryBeat(seconds(1), status, () => {}, systemClock, stopped)]);
    return undefined;
  } catch (error) {
    if (!stopped.aborted) throw error;
    return undefined; // ended by hand, in the middle of something
  } finally {
    life.stop('the demo is over');
    await loops;
    screen.end();
  }
}

const secondsSince = (begun: number): number =>
  Math.round((systemClock.monotonic() - begun) / 100) / 10;

/** On the first start everything with a history is managed; afterwards the user's word holds. */
async function manageOnce({ clock, life, settings }: Parts, { traces }: Play): Promise<void> {
  if (settings.entries().some(({ name }) => name.startsWith('managed/'))) return;
  const entries = traces
    .filter(({ key }) => !LEFT_ALONE.has(key.component))
    .map(({ key }) => ({
      name: managedName(key),
      value: true,
      changedBy: 'self-scaling demo',
      at: clock.now(),
    }));
  await settings.set(entries, life.stopped);
}

/** Trains once, and waits until its forecasts can be served. */
async function firstForecasts({ board, life }: Parts): Promise<void> {
  const { stopped } = life;
  const id = await board.startUnlessUnderWay('train', 'start', stopped);
  const ended = await board.waitForEnd(id, stopped);
  const trained = ended.results.filter(isForecast).length;
  screen.say(`training: ${trained} of ${ended.results.length} components have a forecast`);
  for (const result of ended.results.filter((one) => !isForecast(one))) {
    const { key, reason } = result;
    screen.say(`  ${key.namespace}/${key.component}: ${reason ?? result.result}`);
  }
}
