import type { Authority, KeyPair } from './pki.ts';

/** What the command lines are made of. */
export type Site = {
  readonly folder: string;
  readonly ports: Readonly<
    Record<'etcd' | 'peer' | 'api' | 'controllers' | 'kubelet' | 'metrics', number>
  >;
  readonly cluster: Authority;
  readonly frontProxy: Authority;
  readonly frontProxyClient: KeyPair;
  readonly serviceAccounts: { readonly publicFile: string; readonly privateFile: string };
  /** Serves every listener on loopback; bears each name that one of them is asked for. */
  readonly serving: KeyPair;
  readonly adminKubeconfig: string;
  readonly controllersKubeconfig: string;
};

const LOOPBACK = '127.0.0.1';
/** The names that the serving certificate needs. */
export const SERVED_NAMES = [
  LOOPBACK,
  'localhost',
  'kubernetes.default.svc',
  '10.96.0.1',
  'metrics-server.kube-system.svc',
];

/** Those that a Deployment, an HPA, a token and the deletion of a namespace need. */
const CONTROLLERS = [
  'horizontal-pod-autoscaler-controller',
  'deployment-controller',
  'replicaset-controller',
  'statefulset-controller',
  'job-controller',
  'endpointslice-controller',
  'serviceaccount-controller',
  'serviceaccount-token-controller',
  'namespace-controller',
  'garbage-collector-controller',
  'root-ca-certificate-publisher-controller',
];

/** No fsync: a test's data need not survive the machine. */
export function etcdFlags({ folder, ports }: Site): string[] {
  const client = `http://${LOOPBACK}:${ports.etcd}`;
  const peer = `http://${LOOPBACK}:${ports.peer}`;
  return [
    `--data-dir=${folder}/etcd`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--unsafe-no-fsync',
  ];
}

export function apiServerFlags(site: Site): string[] {
  return [
    `--etcd-servers=http://${LOOPBACK}:${site.ports.etcd}`,
    `--bind-address=${LOOPBACK}`,
    `--advertise-address=${LOOPBACK}`,
    `--secure-port=${site.ports.api}`,
    ...tls(site.serving),
    `--client-ca-file=${site.cluster.caFile}`,
    '--authorization-mode=Node,RBAC',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${site.serviceAccounts.publicFile}`,
    `--service-account-signing-key-file=${site.serviceAccounts.privateFile}`,
    `--requestheader-client-ca-file=${site.frontProxy.caFile}`,
    '--requestheader-allowed-names=front-proxy-client',
    '--requestheader-username-headers=X-Remote-User',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-uid-headers=X-Remote-Uid',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    `--proxy-client-cert-file=${site.frontProxyClient.certFile}`,
    `--proxy-client-key-file=${site.frontProxyClient.keyFile}`,
    '--endpoint-reconciler-type=none',
    '--allow-privileged=true',
    '--disable-admission-plugins=ServiceAccount',
  ];
}

/** The HPA's beat and its stabilisation are shorter than production's (15 s, 300 s): a later flag wins. */
export function controllerManagerFlags(site: Site): string[] {
  return [
    ...kubeconfigs(site.controllersKubeconfig),
    '--use-service-account-credentials=true',
    `--service-account-private-key-file=${site.serviceAccounts.privateFile}`,
    `--root-ca-file=${site.cluster.caFile}`,
    '--leader-elect=false',
    `--bind-address=${LOOPBACK}`,
    `--secure-port=${site.ports.controllers}`,
    ...tls(site.serving),
    `--controllers=${CONTROLLERS.join(',')}`,
    '--horizontal-pod-autoscaler-sync-period=5s',
    '--horizontal-pod-autoscaler-downscale-stabilization=10s',
  ];
}

export function kwokFlags(site: Site, configFile: string): string[] {
  return [
    `--kubeconfig=${site.adminKubeconfig}`,
    `--config=${configFile}`,
    '--manage-all-nodes=false',
    '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
    `--node-ip=${LOOPBACK}`,
    `--node-port=${site.ports.kubelet}`,
    `--server-address=${LOOPBACK}:${site.ports.kubelet}`,
    // Of the default's 254 addresses there would soon be none left.
    '--cidr=10.64.0.0/16',
    ...tls(site.serving),
  ];
}

/** The resolution is the shortest allowed, and must exceed the kubelet's time-out. */
export function metricsServerFlags(site: Site): string[] {
  return [
    ...kubeconfigs(site.adminKubeconfig),
    `--secure-port=${site.ports.metrics}`,
    `--bind-address=${LOOPBACK}`,
    ...tls(site.serving),
    '--kubelet-insecure-tls',
    '--kubelet-use-node-status-port',
    '--kubelet-preferred-address-types=InternalIP',
    '--metric-resolution=10s',
    '--kubelet-request-timeout=5s',
  ];
}

const tls = ({ certFile, keyFile }: KeyPair): string[] => [
  `--tls-cert-file=${certFile}`,
  `--tls-private-key-file=${keyFile}`,
];

const kubeconfigs = (file: string): string[] =>
  ['kubeconfig', 'authentication-kubeconfig', 'authorization-kubeconfig'].map(
    (flag) => `--${flag}=${file}`,
  );
