import type { Decision } from '../domain/decision.ts';
import { storeUnavailable } from '../domain/errors.ts';
import type { FoundHpa } from '../domain/hpa.ts';
import { silentLog } from '../domain/log.ts';
import type { SettingEntry } from '../domain/settings.ts';
import type { Workload } from '../domain/workload.ts';
import { reconciler } from '../inference/reconcile.ts';
import { TEN } from './builders.ts';
import { aFoundHpa, aWorkload, fakeHpas, OPTIONS } from './scaling.ts';

const { signal } = new AbortController();

export const workload = (component: string, about: Partial<Workload> = {}): Workload =>
  aWorkload({ key: { namespace: 'shop', component }, uid: `uid-${component}`, ...about });
export const theirs = (component: string, about: Partial<FoundHpa> = {}): FoundHpa =>
  aFoundHpa({
    name: component,
    target: { apiVersion: 'apps/v1', kind: 'Deployment', name: component },
    ...about,
  });

/** A cluster with a store, all of it in memory; a test switches parts off. */
export function house(workloads: Workload[], ...hpas: FoundHpa[]) {
  const settings = new Map<string, SettingEntry>();
  const cluster = fakeHpas(...hpas);
  const world = {
    cluster,
    workloads,
    unmanaged: new Set<string>(),
    decisions: [] as Decision[],
    settings,
    settingWrites: 0,
    ledgerAway: false,
    flagsUnknown: false,
    round: () => one.round(TEN, signal),
  };
  const one = reconciler(
    {
      hpas: cluster,
      workloads: () => world.workloads,
      managed: ({ key }) => {
        if (world.flagsUnknown) throw storeUnavailable('the flags were never read');
        return !world.unmanaged.has(key.component);
      },
      ledger: {
        async appendDecisions(decisions) {
          if (world.ledgerAway) throw storeUnavailable('the store is away');
          world.decisions.push(...decisions);
        },
      },
      settings: {
        all: async () => [...settings.values()],
        async set(entries) {
          world.settingWrites += 1;
          for (const entry of entries) settings.set(entry.name, entry);
        },
      },
      history: { readBuckets: async () => [] },
    },
    OPTIONS,
    silentLog,
  );
  return world;
}
export const names = (world: ReturnType<typeof house>): string[] =>
  world.cluster.all().map(({ name }) => name);
