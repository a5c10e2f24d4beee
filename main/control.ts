import type { Meters } from '../api/meters.ts';
import { collector } from '../collector/collect.ts';
import { onEveryBeat } from '../domain/beat.ts';
import { systemClock } from '../domain/clock.ts';
import type { ComponentView } from '../domain/component-view.ts';
import { idOf } from '../domain/component.ts';
import { ERROR_CODES } from '../domain/errors.ts';
import type { RunResult } from '../domain/run.ts';
import { epochMs, hours, minutes, seconds, type EpochMs } from '../domain/units.ts';
import type { ComponentState } from '../inference/component-state.ts';
import { whoIsManaged, type Managed } from '../inference/managed.ts';
import { reconciler } from '../inference/reconcile.ts';
import type { Workload } from '../domain/workload.ts';
import { freshWorkloads } from './fresh-workloads.ts';
import { meteredHpas, tellStates } from './metered.ts';
import { onEveryChange } from './on-every-change.ts';
import type { Parts } from './parts.ts';
import { readinessKeeper } from './readiness-keeper.ts';
import { toldLedger } from './told-ledger.ts';
import { statesById, viewOf } from './views.ts';
import type { World } from './world.ts';

/**
 * The controller's work on a cluster: what it knows (for REST), and its loops, for as long as it leads.
 */
export function controller(parts: Parts, world: World, meters: Meters) {
  const { clock, config, log, settings, store } = parts;
  const lost = (points: number): void =>
    meters.count('store_points_dropped_total', { reason: 'overdue' }, points);
  let states: ReadonlyMap<string, ComponentState> = new Map();
  let leadsSince: EpochMs | undefined;
  const collectorPorts = { source: world.usage, sink: store, resume: store, lost };
  let collecting = collector(collectorPorts, log);
  let closed = 0;
  /** Read once a round and once a list: a flag set meanwhile is seen in the next. */
  const flags = (): ((workload: Workload) => Managed) => whoIsManaged(settings.entries());
  let managed: ((workload: Workload) => Managed) | undefined;
  const readiness = readinessKeeper(store, config.training.minimumHistory);
  const { tell: tellEvent } = world;
  const hearers = { log, meters, workloads: () => world.workloads(), tell: tellEvent };
  const ledger = toldLedger(store, hearers);
  const reconciling = reconciler(
    {
      hpas: meteredHpas(world.hpas, meters),
      workloads: () => freshWorkloads(world),
      managed: (workload) => (managed ?? flags())(workload).managed,
      ledger,
      settings,
      history: store,
    },
    scalingOptions(parts, world),
    log,
  );
  const reconcile = oneAtATime(async (signal: AbortSignal): Promise<readonly ComponentState[]> => {
    await settings.refresh(signal);
    managed = flags();
    const now = await reconciling.round(clock.now(), signal);
    states = statesById(now);
    tellStates(now, meters);
    return now;
  });

  const collect = async (signal: AbortSignal): Promise<void> => {
    const begun = systemClock.monotonic();
    const limit = AbortSignal.any([signal, AbortSignal.timeout(config.collection.timeout)]);
    await collecting.round(clock.now(), limit);
    meters.count('collect_rounds_total', { result: 'done' });
    meters.observe('collect_duration_seconds', (systemClock.monotonic() - begun) / seconds(1));
    meters.set('pods_missing', collecting.missing());
    meters.count('buckets_closed_total', {}, collecting.closed() - closed);
    closed = collecting.closed();
  };
  const gap = (error: unknown): void => {
    meters.count('collect_rounds_total', { result: 'failed' });
    log.warn(
      { err: error },
      'a minute could not be sampled or kept; it is a gap unless it is kept later',
    );
  };
  const drain = async (signal: AbortSignal): Promise<void> => {
    const sent = await store.drain(signal);
    meters.set('spill_bytes', store.spilled().bytes);
    const since = store.waitingSince();
    const waits = since === undefined ? 0 : (clock.now() - since) / seconds(1);
    meters.set('spill_age_seconds', Math.max(0, waits));
    if (sent > 0) log.info({ sent }, 'what waited on disk is in the store');
  };
  const expire = async (signal: AbortSignal): Promise<void> => {
    const { historyRetention, evalRetention } = config.store;
    const retention = { historyMs: historyRetention, evalMs: evalRetention };
    await store.expire(clock.now(), retention, signal);
  };
  const tell = (sentence: string) => (error: unknown) => log.warn({ err: error }, sentence);

  const sampledAt = (): EpochMs | undefined =>
    leadsSince === undefined
      ? undefined
      : epochMs(Math.max(leadsSince, collecting.sampledAt() ?? 0));
  meters.onScrape(() => {
    const at = sampledAt();
    const age = at === undefined ? 0 : (clock.now() - at) / seconds(1);
    meters.set('collect_age_seconds', Math.max(0, age));
  });

  return {
    /** Where decisions are kept, and told. */
    ledger,
    components: {
      list: (): readonly ComponentView[] => {
        const flag = flags();
        return world.workloads().map((workload) => view(workload, flag));
      },
    },
    /** `undefined` where another process collects. */
    sampledAt,
    reconcile,
    /** Also where another process leads: what REST shows is known everywhere. */
    async keepReadiness(signal: AbortSignal): Promise<void> {
      const round = async (stop: AbortSignal): Promise<void> => {
        const keys = world.workloads().map(({ key }) => key);
        await readiness.refresh(keys, clock.now(), stop);
      };
      const old = tell('readiness could not be read; REST tells the last that was');
      await onEveryBeat(minutes(1), round, old, clock, signal);
    },
    /** What a run of inference does: one round, with the result of each component. */
    async inferenceRun(signal: AbortSignal): Promise<RunResult[]> {
      return (await reconcile(signal)).map(resultOf);
    },
    /** Runs until `signal` aborts. One collector for each time of leadership. */
    async lead(signal: AbortSignal): Promise<void> {
      collecting = collector(collectorPorts, log);
      closed = 0;
      leadsSince = clock.now();
      signal.addEventListener('abort', () => (leadsSince = undefined), { once: true });
      await Promise.all([
        onEveryBeat(minutes(1), collect, gap, clock, signal),
        onEveryBeat(
          seconds(10),
          drain,
          tell('the store does not take what waits; it goes on waiting'),
          systemClock,
          signal,
        ),
        onEveryBeat(
          minutes(1),
          async (stop) => void (await reconcile(stop)),
          tell('HPAs were not reconciled; all stays as it is until the next round'),
          clock,
          signal,
        ),
        onEveryChange(
          {
            onChange(listener) {
              const stops = [world.onChange(listener), settings.onFlag(listener)];
              return () => stops.forEach((stop) => stop());
            },
            clock: systemClock,
            log,
          },
          async (stop) => void (await reconcile(stop)),
          signal,
        ),
        onEveryBeat(hours(1), expire, tell('old data was not removed'), clock, signal),
      ]);
    },
  };

  function view(workload: Workload, flag: (workload: Workload) => Managed): ComponentView {
    return viewOf(workload, {
      managed: flag,
      sample: (key) => collecting.latest(key),
      state: (key) => states.get(idOf(key)),
      readiness: readiness.of,
    });
  }
}

function scalingOptions({ config }: Parts, world: World) {
  const { scaling, forecast } = config;
  return {
    minReplicas: scaling.minReplicas,
    maxReplicas: scaling.maxReplicas,
    targetUtilization: { cpu: scaling.targetUtilization, memory: scaling.targetMemoryUtilization },
    reactiveUtilization: scaling.reactiveUtilization,
    scaleUpTolerance: scaling.scaleUpTolerance,
    scaleDownStabilization: scaling.scaleDownStabilization,
    level: forecast.level,
    leadTime: forecast.leadTime,
    // The version of the API server is learnt after the start.
    get tolerance() {
      return world.tolerance();
    },
  };
}

/** Rounds are never two at once: who asks while one runs gets the next one's answer. */
function oneAtATime<T>(round: (signal: AbortSignal) => Promise<T>) {
  let last: Promise<unknown> = Promise.resolve();
  return (signal: AbortSignal): Promise<T> => {
    const mine = last.then(() => round(signal));
    last = mine.catch(() => undefined);
    return mine;
  };
}

function resultOf({ key, change, reason, message }: ComponentState): RunResult {
  const told = reason === undefined ? {} : { reason: `${reason}: ${message ?? ''}` };
  const failed = reason === 'Failed' || ERROR_CODES.some((code) => code === reason);
  const left = change === 'leave' && reason !== undefined ? 'skipped' : 'applied';
  const result = failed ? 'failed' : left;
  return { key, result, ...told };
}
