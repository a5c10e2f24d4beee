import { writeFile } from 'node:fs/promises';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import type { Cluster } from './objects.ts';

const accounts = (namespace: string): string => `/api/v1/namespaces/${namespace}/serviceaccounts`;

/** A token of a service account, as a kubelet asks for it. */
export async function tokenOf(admin: Cluster, namespace: string, name: string): Promise<string> {
  type Request = { readonly status: { readonly token: string } };
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  return (await admin.create<Request>(`${accounts(namespace)}/${name}/token`, request)).status
    .token;
}

/** The token of a new service account, bound to a ClusterRole or to none. */
export async function aUser(
  admin: Cluster,
  namespace: string,
  name: string,
  role?: string,
): Promise<string> {
  await admin.create(accounts(namespace), { metadata: { name } });
  if (role !== undefined) {
    await admin.create('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      metadata: { name: `${namespace}-${name}` },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    });
  }
  return await tokenOf(admin, namespace, name);
}

/** A kubeconfig that holds this token and nothing else. */
export async function writeTokenKubeconfig(
  file: string,
  { apiServerUrl: server, ca }: ControlPlane,
  token: string,
): Promise<string> {
  const data = Buffer.from(ca).toString('base64');
  const kubeconfig = {
    'current-context': 'pod',
    contexts: [{ name: 'pod', context: { cluster: 'pod', user: 'pod' } }],
    clusters: [{ name: 'pod', cluster: { server, 'certificate-authority-data': data } }],
    users: [{ name: 'pod', user: { token } }],
  };
  await writeFile(file, JSON.stringify(kubeconfig), { mode: 0o600 });
  return file;
}
