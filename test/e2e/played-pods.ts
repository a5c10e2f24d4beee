import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { tokenOf, writeTokenKubeconfig } from './accounts.ts';
import { expectSoon } from './expect-soon.ts';
import { paths, type KubeObject } from './objects.ts';
import { startOurProcess, type OurProcess, type ProcessWish } from './our-process.ts';
import type { Settings } from './shop.ts';

type Pod = KubeObject & { readonly spec: { readonly serviceAccountName: string } };

/** What a node does for pods of ours: they are processes, with the settings, account and Secrets that the chart gave them. */
export function playedPods(
  controlPlane: ControlPlane,
  { namespace, folder }: { readonly namespace: string; readonly folder: string },
) {
  const { admin } = controlPlane;
  const configOf = async (): Promise<Settings> => {
    type ConfigMap = { readonly data: { readonly 'config.yaml': string } };
    const path = `/api/v1/namespaces/${namespace}/configmaps/self-scaling-config`;
    return parse((await admin.get<ConfigMap>(path)).data['config.yaml']) as Settings;
  };
  return {
    /** Binds the pods of a part, since there is no scheduler; kwok then says that they are ready. */
    async bind(part: string, account: string): Promise<void> {
      const query = `labelSelector=app.kubernetes.io%2Fcomponent%3D${part}`;
      const pods = await expectSoon(
        `${part} has pods`,
        () => admin.list<Pod>(`${paths.pods(namespace)}?${query}`),
        (found) => found.length > 0,
        { withinMs: 20_000 },
      );
      for (const { metadata, spec } of pods) {
        if (spec.serviceAccountName !== account)
          throw new Error(`${metadata.name} is no ${account}`);
        await admin.create(`${paths.pods(namespace)}/${metadata.name}/binding`, {
          apiVersion: 'v1',
          kind: 'Binding',
          metadata: { name: metadata.name },
          target: { apiVersion: 'v1', kind: 'Node', name: 'fake' },
        });
      }
    },
    /** Says for the kubelet that a pod has done its work. */
    async complete(name: string): Promise<void> {
      const path = `${paths.pods(namespace)}/${name}/status`;
      await admin.patch(path, { status: { phase: 'Succeeded' } });
    },
    /**
     * The container of a pod. Places of the machine are replaced, the rest is as the chart says.
     *
     * @param account whose token it gets; none where the chart gives it none.
     */
    async start(
      wish: Pick<ProcessWish, 'role' | 'name' | 'args'>,
      account: string | undefined,
      places: Settings,
    ): Promise<OurProcess> {
      const settings = await configOf();
      const token = account && (await tokenOf(admin, namespace, account));
      const kubeconfig =
        token &&
        (await writeTokenKubeconfig(join(folder, `${account}.kubeconfig`), controlPlane, token));
      const all: Settings = {
        ...places,
        kube: { ...places['kube'], ...(kubeconfig && { kubeconfig }) },
      };
      const config = Object.fromEntries(
        [...new Set([...Object.keys(settings), ...Object.keys(all)])].map((section) => [
          section,
          { ...settings[section], ...all[section] },
        ]),
      );
      return await startOurProcess({ ...wish, folder, config });
    },
    /** Copies members of a Secret into files, as a kubelet does, and again when they change. */
    mount(
      secret: string,
      members: Readonly<Record<string, string>>,
    ): AsyncDisposable & { folder: string } {
      const mounted = join(folder, `mounted-${secret}-${Object.values(members).join('-')}`);
      const stop = new AbortController();
      const copied = mirror(admin, `/api/v1/namespaces/${namespace}/secrets/${secret}`, members, {
        folder: mounted,
        signal: stop.signal,
      });
      return {
        folder: mounted,
        async [Symbol.asyncDispose]() {
          stop.abort();
          await copied;
        },
      };
    },
  };
}

async function mirror(
  admin: ControlPlane['admin'],
  path: string,
  members: Readonly<Record<string, string>>,
  { folder, signal }: { readonly folder: string; readonly signal: AbortSignal },
): Promise<void> {
  type Secret = { readonly data?: Readonly<Record<string, string>> };
  const seen = new Map<string, string>();
  await mkdir(folder, { recursive: true });
  while (!signal.aborted) {
    const { data = {} } = (await admin.find<Secret>(path)) ?? {};
    for (const [member, file] of Object.entries(members)) {
      const value = data[member];
      if (value === undefined || seen.get(member) === value) continue;
      seen.set(member, value);
      await writeFile(join(folder, file), Buffer.from(value, 'base64'));
    }
    await delay(MOUNT_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

const MOUNT_EVERY_MS = 300;
