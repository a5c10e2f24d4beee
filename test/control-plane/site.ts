import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SERVED_NAMES, type Site } from './flags.ts';
import { freePort } from './free-port.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { createPki, type KeyPair } from './pki.ts';

/** The scratch folder of one control plane, with its certificates, its ports and its kubeconfigs. */
export async function prepareSite(): Promise<Site & { readonly admin: KeyPair }> {
  const folder = await mkdtemp(join(tmpdir(), 'self-scaling-control-plane-'));
  const { cluster, frontProxy, serviceAccounts } = await createPki(join(folder, 'pki'));
  const ports = {
    etcd: await freePort(),
    peer: await freePort(),
    api: await freePort(),
    controllers: await freePort(),
    kubelet: await freePort(),
    metrics: await freePort(),
  };
  const url = `https://127.0.0.1:${ports.api}`;
  const admin = await cluster.identify('admin', ['system:masters']);
  const controllers = await cluster.identify('system:kube-controller-manager');
  const kubeconfig = (name: string, client: KeyPair): Promise<string> =>
    writeKubeconfig(join(folder, `${name}.kubeconfig`), url, cluster.ca, client);
  return {
    folder,
    ports,
    cluster,
    frontProxy,
    serviceAccounts,
    frontProxyClient: await frontProxy.identify('front-proxy-client'),
    serving: await cluster.serve('serving', SERVED_NAMES),
    admin,
    adminKubeconfig: await kubeconfig('admin', admin),
    controllersKubeconfig: await kubeconfig('controller-manager', controllers),
  };
}
