import { externalMetrics } from '../../adapter/provider.ts';
import { openKedaScaler, type KedaScaler } from '../../adapter/keda-scaler.ts';
import { silentLog } from '../../domain/log.ts';
import type { Reading } from '../../domain/reading.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import { epochMs, minutes } from '../../domain/units.ts';
import type { Authority } from '../control-plane/pki.ts';
import type { Cluster } from './objects.ts';

export const SHOP = 'shop';
export const SCALED_OBJECTS = `/apis/keda.sh/v1alpha1/namespaces/${SHOP}/scaledobjects`;
const AUTHENTICATIONS = `/apis/keda.sh/v1alpha1/namespaces/${SHOP}/triggerauthentications`;
const SECRETS = `/api/v1/namespaces/${SHOP}/secrets`;

/** What the forecasts say: cores, stale, or that there is nothing to read them from. */
export type Says = number | 'stale' | 'no store';

/** A scaler of ours whose forecasts the test holds; killed and started again on the same port. */
export async function openRig(ours: Authority, clients: Authority) {
  const state: { says: Says; scaler?: KedaScaler; port: number } = { says: 'stale', port: 0 };
  const told: string[] = [];
  const asked = new Set<string>();
  const now = () => epochMs(Date.now());
  const identity = { ...(await ours.serve('scaler', ['localhost'])), clientCa: clients.ca };
  const current = (): Snapshot | undefined => {
    const { says } = state;
    if (says === 'no store') return undefined;
    return {
      at: now(),
      facts: () => undefined,
      issue: () => undefined,
      read({ key, level = 0.9, leadTime = minutes(5) }): Reading {
        asked.add(key.component);
        return says === 'stale'
          ? { kind: 'stale', issuedAt: epochMs(now() - minutes(400)), age: minutes(400) }
          : { kind: 'predicted', value: says, issuedAt: now(), model: 'test', level, leadTime };
      },
    };
  };
  const start = async (): Promise<void> => {
    state.scaler = await openKedaScaler(
      {
        provider: externalMetrics({ current }),
        identity,
        draining: new AbortController().signal,
        now,
        log: silentLog,
        answered: (method, code) => void told.push(`${method} ${code}`),
      },
      { host: '127.0.0.1', port: state.port },
    );
    state.port = state.scaler.port;
  };
  const stop = async (): Promise<void> => {
    await state.scaler?.[Symbol.asyncDispose]();
    delete state.scaler;
  };
  await start();
  return {
    told,
    /** Components whose forecasts were read. */
    asked,
    port: () => state.port,
    say: (says: Says) => void (state.says = says),
    start,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** The client's certificate that a trigger shows, as KEDA keeps it. */
export async function createAuthentication(
  admin: Cluster,
  name: string,
  server: Authority,
  client: Authority,
): Promise<void> {
  const { cert, key } = await client.identify('keda-operator');
  const keys = { caCert: server.ca, tlsClientCert: cert, tlsClientKey: key };
  await admin.create(SECRETS, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: SHOP },
    stringData: keys,
  });
  await admin.create(AUTHENTICATIONS, {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'TriggerAuthentication',
    metadata: { name, namespace: SHOP },
    spec: {
      secretTargetRef: Object.keys(keys).map((one) => ({ parameter: one, name, key: one })),
    },
  });
}

type Wish = { readonly name: string; readonly port: number; readonly authentication: string };

/** One core a pod, 2 to 12 pods. */
export const aScaledObject = ({ name, port, authentication }: Wish) => ({
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'ScaledObject',
  metadata: { name, namespace: SHOP },
  spec: {
    scaleTargetRef: { name },
    minReplicaCount: 2,
    maxReplicaCount: 12,
    pollingInterval: 5,
    fallback: { failureThreshold: 3, replicas: 2, behavior: 'currentReplicasIfHigher' },
    triggers: [
      {
        type: 'external',
        metadata: {
          scalerAddress: `localhost:${port}`,
          enableTLS: 'true',
          component: name,
          target: '1',
        },
        authenticationRef: { name: authentication },
      },
    ],
  },
});
