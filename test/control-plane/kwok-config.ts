/** The one node. Pods are bound to it at creation: there is no scheduler. */
export const NODE_NAME = 'fake';
/** kwok plays the kubelet of the nodes that bear this. */
export const NODE_ANNOTATION = { 'kwok.x-k8s.io/node': NODE_NAME };
export const METRICS_PATH = `/metrics/nodes/${NODE_NAME}/metrics/resource`;

/** What a pod uses, as quantities. A pod without them is idle, not unknown. */
export const USAGE_CPU = 'kwok.x-k8s.io/usage-cpu';
export const USAGE_MEMORY = 'kwok.x-k8s.io/usage-memory';

const READY_AFTER = 'self-scaling.io/ready-after';
/** A pod's annotation: how long after its creation it becomes Ready (`20s`). */
export const readyAfter = (duration: string): Record<string, string> => ({
  [READY_AFTER]: duration,
});

/**
 * kwok's configuration: how pods live and what they use.
 *
 * @param readyAfterMs when a pod becomes Ready that does not say so itself.
 * @see https://kwok.sigs.k8s.io/docs/user/stages-configuration/ and resource-usage-configuration/
 */
export function kwokConfig(readyAfterMs: number): string {
  const documents = [nodeIsReady, podIsReady(readyAfterMs), podCompletes, podGoes, usage, metrics];
  return documents.map((document) => JSON.stringify(document, undefined, 2)).join('\n---\n');
}

const stage = (name: string, kind: 'Node' | 'Pod', spec: object) => ({
  apiVersion: 'kwok.x-k8s.io/v1alpha1',
  kind: 'Stage',
  metadata: { name },
  spec: { resourceRef: { apiGroup: 'v1', kind }, ...spec },
});
const when = (...matchExpressions: object[]) => ({ selector: { matchExpressions } });
const isAbsent = (key: string) => ({ key, operator: 'DoesNotExist' });
const isPresent = (key: string) => ({ key, operator: 'Exists' });
const isOne = (key: string, ...values: string[]) => ({ key, operator: 'In', values });
const isNone = (key: string, ...values: string[]) => ({ key, operator: 'NotIn', values });

const READY = '.status.conditions.[] | select( .type == "Ready" ) | .status';

/** Address and port are where metrics-server looks for the kubelet, which is kwok itself. */
const nodeIsReady = stage('node-is-ready', 'Node', {
  ...when(isNone(READY, 'True')),
  next: {
    statusTemplate: `
addresses:
- type: InternalIP
  address: {{ NodeIP | Quote }}
- type: Hostname
  address: {{ NodeName | Quote }}
daemonEndpoints:
  kubeletEndpoint:
    Port: {{ NodePort }}
conditions:
- type: Ready
  status: "True"
  reason: KubeletReady
  message: kwok plays the kubelet
  lastHeartbeatTime: {{ Now | Quote }}
  lastTransitionTime: {{ Now | Quote }}
nodeInfo:
  architecture: amd64
  operatingSystem: linux
  kubeletVersion: {{ printf "kwok-%s" Version }}
  kubeProxyVersion: ""
  kernelVersion: ""
  osImage: ""
  containerRuntimeVersion: ""
  bootID: ""
  machineID: ""
  systemUUID: ""
`,
  },
});

const podIsReady = (readyAfterMs: number) =>
  stage('pod-is-ready', 'Pod', {
    ...when(isAbsent('.metadata.deletionTimestamp'), isOne('.status.phase', 'Pending')),
    delay: {
      durationMilliseconds: readyAfterMs,
      durationFrom: { expressionFrom: `.metadata.annotations["${READY_AFTER}"]` },
    },
    next: {
      statusTemplate: `
{{ $now := Now }}
phase: Running
startTime: {{ $now | Quote }}
hostIP: {{ NodeIPWith .spec.nodeName | Quote }}
podIP: {{ PodIPWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid "" ) ( or .metadata.name "" ) ( or .metadata.namespace "" ) | Quote }}
conditions:
{{ range $type := splitList "," "PodScheduled,Initialized,ContainersReady,Ready" }}
- type: {{ $type }}
  status: "True"
  lastTransitionTime: {{ $now | Quote }}
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: ""
  ready: true
  started: true
  restartCount: 0
  state:
    running:
      startedAt: {{ $now | Quote }}
{{ end }}
`,
    },
  });

const podCompletes = stage('pod-completes', 'Pod', {
  ...when(
    isAbsent('.metadata.deletionTimestamp'),
    isOne('.status.phase', 'Running'),
    isOne('.metadata.ownerReferences.[].kind', 'Job'),
  ),
  next: { statusTemplate: 'phase: Succeeded' },
});

const podGoes = stage('pod-goes', 'Pod', {
  ...when(isPresent('.metadata.deletionTimestamp')),
  next: { finalizers: { empty: true }, delete: true },
});

const fromAnnotation = (annotation: string, idle: string) => ({
  expression: `"${annotation}" in pod.metadata.annotations ? Quantity(pod.metadata.annotations["${annotation}"]) : Quantity("${idle}")`,
});

/** Idle is not zero: metrics-server takes a zero for a sample that is not complete. */
const usage = {
  apiVersion: 'kwok.x-k8s.io/v1alpha1',
  kind: 'ClusterResourceUsage',
  metadata: { name: 'usage-from-annotations' },
  spec: {
    usages: [
      {
        usage: {
          cpu: fromAnnotation(USAGE_CPU, '1m'),
          memory: fromAnnotation(USAGE_MEMORY, '1Mi'),
        },
      },
    ],
  },
};

const ofPod = [
  { name: 'namespace', value: 'pod.metadata.namespace' },
  { name: 'pod', value: 'pod.metadata.name' },
];
const ofContainer = [{ name: 'container', value: 'container.name' }, ...ofPod];

/** The four that metrics-server reads, as a kubelet serves them. */
const metrics = {
  apiVersion: 'kwok.x-k8s.io/v1alpha1',
  kind: 'Metric',
  metadata: { name: 'resource' },
  spec: {
    path: '/metrics/nodes/{nodeName}/metrics/resource',
    metrics: [
      {
        name: 'container_start_time_seconds',
        kind: 'gauge',
        dimension: 'container',
        labels: ofContainer,
        // Long ago: no container is ever restarted.
        value: '1.0',
      },
      {
        name: 'container_cpu_usage_seconds_total',
        kind: 'counter',
        dimension: 'container',
        labels: ofContainer,
        // A first answer of 0 would be thrown away, and usage be seen one scrape later.
        value: 'pod.CumulativeUsage("cpu", container.name) + 1.0',
      },
      {
        name: 'container_memory_working_set_bytes',
        kind: 'gauge',
        dimension: 'container',
        labels: ofContainer,
        value: 'pod.Usage("memory", container.name)',
      },
      {
        name: 'node_cpu_usage_seconds_total',
        kind: 'counter',
        dimension: 'node',
        value: 'node.CumulativeUsage("cpu") + 1.0',
      },
      {
        name: 'node_memory_working_set_bytes',
        kind: 'gauge',
        dimension: 'node',
        value: 'node.Usage("memory") + 1.0',
      },
    ],
  },
};
