import { idOf } from '../domain/component.ts';
import type { Decision } from '../domain/decision.ts';
import { isRefusal } from '../domain/errors.ts';
import type { DesiredHpa, FoundHpa } from '../domain/hpa.ts';
import type { Log } from '../domain/log.ts';
import type { EpochMs } from '../domain/units.ts';
import type { Workload } from '../domain/workload.ts';
import type { ScalingOptions } from './component-settings.ts';
import { stateOf, type ComponentState } from './component-state.ts';
import type { Plan } from './hpa-plan.ts';
import { decisionOf } from './ledger.ts';
import { withLostFlags } from './lost-flags.ts';
import { observedUsage, type BucketReader } from './observed.ts';
import { factsOf, needsObservation, orphansOf, planAll, type Planned } from './plan-all.ts';
import type { Trouble } from './trouble.ts';
import { writeFacts, type FactsKeeper } from './write-facts.ts';

/**
 * The HPAs of the watched namespaces, everybody's. `apply` and `remove` act on exactly what was found and
 * throw `KUBE_CONFLICT` when it has changed since: it is then read again in the next round. `apply`
 * without a found one creates, and never takes over one that exists.
 */
export interface HpaClient {
  list(signal: AbortSignal): Promise<readonly FoundHpa[]>;
  apply(hpa: DesiredHpa, found: FoundHpa | undefined, signal: AbortSignal): Promise<FoundHpa>;
  remove(found: FoundHpa, signal: AbortSignal): Promise<void>;
}
/** Resolved means durable. What cannot be recorded is not done. */
export interface DecisionSink {
  appendDecisions(decisions: readonly Decision[], signal: AbortSignal): Promise<void>;
}

type Ports = {
  readonly hpas: HpaClient;
  /** Throws `KUBE_UNAVAILABLE` before they are known. */
  readonly workloads: () => readonly Workload[];
  /** Throws while it is not known: "not known" would else read as "not managed", and HPAs would go. */
  readonly managed: (workload: Workload) => boolean;
  readonly ledger: DecisionSink;
  readonly settings: FactsKeeper;
  readonly history: BucketReader;
};

/**
 * Compares the HPAs that should be with those found and changes only the difference. One component's
 * trouble is that component's state and stops no other. Each change is in the ledger before it is made.
 *
 * A round rejects, with nothing written, when workloads, HPAs or managed flags cannot be read.
 */
export function reconciler(ports: Ports, options: ScalingOptions, log: Log) {
  const observed = observedUsage(ports.history, log);
  /** By workload: the last record that no write has followed, so that a standing trouble is told once. */
  const told = new Map<string, string>();

  const record = async (plan: Plan, id: string, now: EpochMs, signal: AbortSignal) => {
    const decision = decisionOf(plan, now);
    if (decision === undefined) told.delete(id);
    if (decision === undefined || told.get(id) === decision.text) return;
    await ports.ledger.appendDecisions([decision], signal);
    told.set(id, decision.text);
  };

  /** Our HPA as it is afterwards. */
  const write = async (plan: Plan, signal: AbortSignal): Promise<FoundHpa | undefined> => {
    const { change, ours } = plan;
    switch (change.kind) {
      case 'create':
        return ports.hpas.apply(change.hpa, undefined, signal);
      case 'apply':
        return ports.hpas.apply(change.hpa, change.found, signal);
      case 'remove':
        await ports.hpas.remove(change.found, signal);
        return change.found === ours ? undefined : ours;
      case 'leave':
        return ours;
      default:
        return change satisfies never;
    }
  };

  /** Records, then writes; what is thrown becomes a trouble. */
  const carryOut = async (plan: Plan, id: string, now: EpochMs, signal: AbortSignal) => {
    try {
      await record(plan, id, now, signal);
      const hpa = await write(plan, signal);
      if (plan.change.kind !== 'leave') told.delete(id);
      return { hpa, trouble: plan.trouble, isFailed: false };
    } catch (failure) {
      signal.throwIfAborted();
      // What is left had only its record to fail; why it is left is still the news.
      const left = plan.change.kind === 'leave' ? plan.trouble : undefined;
      const trouble = left ?? troubleOf(failure);
      const members = { err: failure, key: plan.change.key };
      if (isRefusal(failure)) log.warn(members, 'a component could not be reconciled; next round');
      else log.error(members, 'a component could not be reconciled, by a fault of ours');
      return { hpa: plan.ours, trouble, isFailed: true };
    }
  };

  const reconcileOne = async (
    { workload, managed, settings, plan }: Planned,
    now: EpochMs,
    signal: AbortSignal,
  ): Promise<ComponentState> => {
    const id = `${workload.kind} ${idOf(workload.key)}`;
    const outcome = await carryOut(plan, id, now, signal);
    const about = { workload, managed, change: plan.change.kind, invalid: settings.invalid };
    return stateOf({ ...about, ...outcome });
  };

  const reconcileAll = async (
    now: EpochMs,
    signal: AbortSignal,
  ): Promise<readonly ComponentState[]> => {
    const workloads = ports.workloads();
    const hpas = await ports.hpas.list(signal);
    const asked = workloads.map((workload) => ({ workload, managed: ports.managed(workload) }));
    const all = await withLostFlags(asked, hpas, ports, log, { now, signal });
    await observed.renew(needsObservation(all), now, signal);
    const planned = planAll(all, hpas, options, (key) => observed.of(key));
    await writeFacts(factsOf(planned), ports.settings, now, signal).catch((err: unknown) => {
      signal.throwIfAborted();
      log.warn({ err }, 'facts about components could not be written; adapters go on with the old');
    });
    const states: ComponentState[] = [];
    for (const one of planned) states.push(await reconcileOne(one, now, signal));
    for (const orphan of orphansOf(hpas, workloads)) {
      await carryOut(orphan, `orphan ${orphan.ours?.uid}`, now, signal);
    }
    return states;
  };

  let underWay: Promise<readonly ComponentState[]> | undefined;
  return {
    /** One round, at `now`; the states of all workloads, in their order. Joins a round under way. */
    round(now: EpochMs, signal: AbortSignal): Promise<readonly ComponentState[]> {
      underWay ??= reconcileAll(now, signal).finally(() => {
        underWay = undefined;
      });
      return underWay;
    },
  };
}

const troubleOf = (failure: unknown): Trouble =>
  isRefusal(failure)
    ? { reason: failure.code, message: failure.message }
    : { reason: 'Failed', message: 'a fault of self-scaling; the cause is in its log' };
