import { choice, duration, flag, list, number, port, size, text, type Setting } from './setting.ts';

const SYSTEM_NAMESPACES = ['kube-system', 'kube-public', 'kube-node-lease'];

/** Every knob, once. The table in docs/CONFIGURATION.md is generated from this object. */
export const SCHEMA = {
  log: {
    level: choice(['debug', 'info', 'warn', 'error', 'silent'], 'info', 'Who is talked to.'),
  },
  kube: {
    kubeconfig: text('', 'Path of a kubeconfig; empty = KUBECONFIG, then the pod’s own account.'),
    context: text('', 'Context of the kubeconfig; empty = its current one.'),
    namespaces: list([], 'Namespaces that are watched; empty = all.'),
    excludeNamespaces: list(SYSTEM_NAMESPACES, 'Namespaces that are never watched.'),
    resources: list([], 'Further scalable kinds, as group/version/plural.'),
    ownNamespace: text('self-scaling', 'Where this program keeps its Lease.'),
    leaseName: text('self-scaling-controller', 'Name of that Lease.'),
  },
  collection: {
    timeout: duration('20s', 'How long one round of sampling may take.'),
  },
  forecast: {
    historyDays: number(
      { from: 1, to: 365, whole: true },
      28,
      'Days of history that training reads, until set by REST.',
    ),
    futureDays: number(
      { from: 1, to: 7, whole: true },
      1,
      'Days that a forecast reaches ahead, until set by REST.',
    ),
    level: number(
      { from: 0.5, to: 0.99 },
      0.9,
      'Quantile level that is served; 0.9 means enough in 90 % of the steps.',
    ),
    adaptLevel: flag(
      true,
      'Correct the served level online, by what came, so that it keeps its promise for each component.',
    ),
    leadTime: duration('5m', 'From "more pods wanted" to "pods ready".'),
    holdTime: duration('6h', 'How old a forecast may be and still be served.'),
  },
  training: {
    every: duration('15m', 'How often forecasts are made anew.'),
    minimumHistory: duration('24h', 'Least history that is forecast from.'),
    memoryLimit: size('256Mi', 'Heap of the child process that computes.'),
    forks: number(
      { from: 0, to: 64, whole: true },
      0,
      'Child processes at once; 0 = one less than cores, 4 at most.',
    ),
    fineTune: choice(
      ['auto', 'never'],
      'auto',
      'Whether the network is tuned to this cluster when its forecasts call for it.',
    ),
    engine: choice(
      ['auto', 'native', 'wasm'],
      'auto',
      'What tunes it: auto = @tensorflow/tfjs-node where that is installed, else WebAssembly.',
    ),
    wattsPerCore: number(
      { from: 0.1, to: 1000 },
      10,
      'Power of a busy core, where it is not measured.',
    ),
    powerUsageEffectiveness: number(
      { from: 1, to: 5 },
      1.2,
      'Power of the site / power of its machines.',
    ),
    gramsPerKilowattHour: number(
      { from: 0, to: 5000 },
      475,
      'Carbon dioxide equivalent of the electricity.',
    ),
  },
  scaling: {
    minReplicas: number({ from: 1, to: 10_000, whole: true }, 1, 'Floor of the HPAs we write.'),
    maxReplicas: number({ from: 1, to: 10_000, whole: true }, 10, 'Ceiling of the HPAs we write.'),
    targetUtilization: number(
      { from: 0.05, to: 1 },
      0.75,
      'Share of a pod’s CPU request that is planned to be used.',
    ),
    targetMemoryUtilization: number(
      { from: 0.05, to: 1 },
      0.8,
      'Share of a pod’s memory request that is planned to be used.',
    ),
    reactiveUtilization: number(
      { from: 0.05, to: 1 },
      0.75,
      'The same for the reactive CPU metric beside the forecast; higher lets the forecast lead.',
    ),
    scaleUpTolerance: number(
      { from: 0, to: 0.5 },
      0,
      'How far above the target CPU may be before pods are added, where the cluster knows tolerances.',
    ),
    scaleDownStabilization: duration('5m', 'How long an HPA looks back before it removes pods.'),
  },
  store: {
    kind: choice(['sqlite', 'influx2'], 'sqlite', 'Where history and forecasts are kept.'),
    path: text('.self-scaling/store.sqlite', 'Database file of kind sqlite.'),
    url: text('http://127.0.0.1:8086', 'Base address of InfluxDB.'),
    org: text('self-scaling', 'Organisation in InfluxDB.'),
    tokenFile: text('', 'File that holds the InfluxDB token; never given in the open.'),
    timeout: duration('10s', 'How long one request may take.'),
    bucketPrefix: text('', 'Put before the names of the five buckets.'),
    historyRetention: duration('90d', 'How long history is kept.'),
    futureRetention: duration('30d', 'How long forecasts are kept in InfluxDB.'),
    vintageEvery: choice(
      ['auto', '1', '5'],
      'auto',
      'Which issues are frozen to be scored: each one, or each fifth; auto = each for up to 1,000 components.',
    ),
    evalRetention: duration(
      '365d',
      'How long scores, decisions and runs are kept; in sqlite runs 30 days at most.',
    ),
    spillDirectory: text('.self-scaling/spill', 'Where writes wait while the store is away.'),
    spillLimit: size('256Mi', 'How much may wait.'),
  },
  adapter: {
    host: text('::', 'Address of the external metrics API.'),
    port: port(6443, 'Port of the external metrics API; 0 = any free one.'),
    certificateDirectory: text(
      '.self-scaling/certificates',
      'Authority and serving certificate; made when missing.',
    ),
    certificates: choice(
      ['self', 'given'],
      'self',
      'Who makes them: this program, or whoever fills the folder with ca.crt, adapter.crt and adapter.key.',
    ),
    authoritySecret: text('', 'Secret in kube.ownNamespace that keeps our authority.'),
    certificateSecret: text(
      '',
      'Secret in kube.ownNamespace that keeps the serving certificate; empty = the folder.',
    ),
    serviceNamespace: text('self-scaling', 'Namespace of the Service that leads to the adapter.'),
    serviceName: text('self-scaling-adapter', 'Name of that Service.'),
    servicePort: port(443, 'Port of that Service.'),
    takeOver: flag(false, 'Take the API’s name even if somebody else owns it.'),
    keda: choice(
      ['off', 'auto', 'on'],
      'off',
      'Whether KEDA’s external scaler is served; auto = where the cluster has KEDA.',
    ),
    kedaPort: port(6000, 'Port of KEDA’s external scaler (gRPC, mutual TLS); 0 = any free one.'),
    kedaClientCa: text('', 'File of the authorities whose clients may call the external scaler.'),
  },
  passThrough: {
    enabled: flag(
      false,
      'Hand requests for metrics that are not ours on to another external metrics API.',
    ),
    host: text('', 'Name or address of that API, such as keda-metrics-apiserver.keda.svc.'),
    port: port(443, 'Its port.'),
    caFile: text('', 'File of the authorities that may speak for it.'),
    serverName: text('', 'Name its certificate must bear; empty = the host.'),
    tokenFile: text(
      '/var/run/secrets/kubernetes.io/serviceaccount/token',
      'File of the token we show it; read anew each minute.',
    ),
  },
  controller: {
    host: text('127.0.0.1', 'Address of the REST API; TLS unless access is loopback.'),
    port: port(8443, 'Port of the REST API; 0 = any free one.'),
    serviceName: text(
      'self-scaling-controller',
      'Name of the Service of the REST API, in adapter.serviceNamespace; its certificate bears it.',
    ),
    access: choice(
      ['loopback', 'kubernetes', 'tokens'],
      'loopback',
      'Who may call: everybody on this machine, or by review, or by a file of tokens.',
    ),
    tokensFile: text(
      '',
      'Lines "name role sha256:<hex>", role viewer or editor, for access tokens.',
    ),
    readsPerMinute: number({ from: 0, to: 1e6, whole: true }, 600, 'Per identity; 0 = no limit.'),
    writesPerMinute: number({ from: 0, to: 1e6, whole: true }, 60, 'Per identity; 0 = no limit.'),
    runsPerMinute: number({ from: 0, to: 1e6, whole: true }, 6, 'Runs begun; 0 = no limit.'),
  },
  ops: {
    host: text('::', 'Address of probes and metrics.'),
    port: port(9090, 'Port of probes and metrics; 0 = any free one.'),
  },
  tracing: {
    otlpEndpoint: text(
      '',
      'Where traces are sent (OTLP over HTTP), such as http://collector:4318; empty = none are made.',
    ),
    sampleRatio: number({ from: 0, to: 1 }, 0.05, 'Share of the traces that are kept.'),
  },
} as const;

type Schema = typeof SCHEMA;

/** The settings in force. */
export type Config = {
  readonly [S in keyof Schema]: {
    readonly [K in keyof Schema[S]]: Schema[S][K] extends Setting<infer T> ? T : never;
  };
};

export type Described = {
  readonly path: string;
  readonly section: string;
  readonly name: string;
  readonly environment: string;
  readonly setting: Setting<unknown>;
};

/** `forecast.holdTime` is `SELF_SCALING_FORECAST_HOLD_TIME` in the environment. */
const environmentOf = (path: string): string =>
  `SELF_SCALING_${path
    .replaceAll(/[A-Z]/g, (letter) => `_${letter}`)
    .replaceAll('.', '_')
    .toUpperCase()}`;

/** All settings in the order of the schema, each with its names. */
export const ALL_SETTINGS: readonly Described[] = Object.entries(SCHEMA).flatMap(
  ([section, settings]) =>
    Object.entries(settings).map(([name, setting]: [string, Setting<unknown>]) => {
      const path = `${section}.${name}`;
      return { path, section, name, environment: environmentOf(path), setting };
    }),
);
