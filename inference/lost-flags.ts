import { idOf, type ComponentKey } from '../domain/component.ts';
import type { Decision } from '../domain/decision.ts';
import { factsName } from '../domain/facts.ts';
import { FIELD_MANAGER, type FoundHpa } from '../domain/hpa.ts';
import type { Log } from '../domain/log.ts';
import { managedName, type SettingEntry } from '../domain/settings.ts';
import type { EpochMs } from '../domain/units.ts';
import type { Workload } from '../domain/workload.ts';
import { isOurs, scales } from './ownership.ts';

type Asked = { readonly workload: Workload; readonly managed: boolean };

type Ports = {
  readonly settings: {
    all(signal: AbortSignal): Promise<readonly SettingEntry[]>;
    set(entries: readonly SettingEntry[], signal: AbortSignal): Promise<void>;
  };
  readonly ledger: {
    appendDecisions(decisions: readonly Decision[], signal: AbortSignal): Promise<void>;
  };
};

const WHY =
  'managed, because an HPA of ours scales it and the store remembers nothing of it; unmanage it if that is not wanted';

/**
 * The same question with the flags that the store has lost. We make an HPA only for who is managed, and tell facts of it
 * before: an HPA of ours on a component of which the store knows neither flag nor facts means that the store begins anew (a
 * damaged file set aside, a volume that is gone). Nobody unmanaged it, so it is managed until somebody says otherwise.
 *
 * @throws {SelfScalingError} `STORE_UNAVAILABLE`: what cannot be kept is not decided either.
 */
export async function withLostFlags<T extends Asked>(
  all: readonly T[],
  hpas: readonly FoundHpa[],
  { settings, ledger }: Ports,
  log: Log,
  { now, signal }: { readonly now: EpochMs; readonly signal: AbortSignal },
): Promise<readonly T[]> {
  const ours = Map.groupBy(hpas.filter(isOurs), ({ namespace, target }) =>
    idOf({ namespace, component: target.name }),
  );
  const unexplained = all.filter(
    ({ workload, managed }) =>
      !managed &&
      workload.managedByLabel === undefined &&
      (ours.get(idOf(workload.key)) ?? []).some((hpa) => scales(hpa, workload)),
  );
  if (unexplained.length === 0) return all;
  const known = new Set((await settings.all(signal)).map(({ name }) => name));
  const lost = unexplained.filter(({ workload }) => isUnknown(workload.key, known));
  if (lost.length === 0) return all;
  const keys = lost.map(({ workload }) => workload.key);
  log.warn({ components: keys.map(idOf) }, 'the store has lost managed flags; HPAs of ours stay');
  const told = { at: now, kind: 'managed', actor: FIELD_MANAGER, text: WHY } as const;
  await ledger.appendDecisions(
    keys.map((key) => ({ ...told, key })),
    signal,
  );
  await settings.set(
    keys.map((key) => ({
      name: managedName(key),
      value: true,
      changedBy: FIELD_MANAGER,
      at: now,
    })),
    signal,
  );
  const found = new Set<Asked>(lost);
  return all.map((one) => (found.has(one) ? { ...one, managed: true } : one));
}

const isUnknown = (key: ComponentKey, known: ReadonlySet<string>): boolean =>
  !known.has(managedName(key)) && !known.has(factsName(key));
