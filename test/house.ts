/** Which room may look into which. No arrow points up, and siblings have no doors between them. */
export const DOORS: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  config: ['domain'],
  kube: ['domain'],
  collector: ['domain'],
  store: ['domain'],
  'forecast/models': ['domain'],
  'forecast/training': ['domain', 'forecast/models'],
  'forecast/backtest': ['domain', 'forecast/models'],
  'forecast/replay': ['domain'],
  inference: ['domain'],
  adapter: ['domain'],
  apiservice: ['domain'],
  api: ['domain', 'api/wire'],
  'api/wire': ['domain'],
};

/** The hall sees every room. */
export const HALL = ['main.ts', 'main/'];

/** Where each package may be used: a room, an alcove or one file. Anything not listed is locked. */
export const KEYS: Readonly<Record<string, readonly string[]>> = {
  '@fastify/rate-limit': ['api/'],
  '@fastify/swagger': ['api/'],
  '@influxdata/influxdb-client': ['store/influx2.ts'],
  '@kubernetes/client-node': ['kube/'],
  '@tensorflow/tfjs-backend-wasm': ['forecast/training/engine-wasm.ts'],
  '@tensorflow/tfjs-core': ['forecast/training/engine-wasm.ts'],
  '@peculiar/x509': ['apiservice/certificates.ts'],
  commander: ['main.ts', 'main/'],
  fastify: ['api/'],
  pino: ['main/logger.ts'],
  'prom-client': ['api/meters.ts'],
  'reflect-metadata': ['apiservice/certificates.ts'],
  typebox: ['api/wire/'],
  yaml: ['config/load.ts'],
  'node:child_process': ['forecast/training/process.ts'],
  'node:crypto': [
    'api/app.ts',
    'api/broken-request.ts',
    'api/tokens.ts',
    'apiservice/',
    'forecast/training/pretrain.ts',
    'kube/auth-config.ts',
    'main/',
  ],
  'node:events': ['apiservice/server.ts'],
  'node:fs': [
    'forecast/training/pretrain.ts',
    'forecast/training/traces.ts',
    'kube/client.ts',
    'store/spill',
    'store/sqlite-open.ts',
    'main/',
  ],
  'node:http': ['api/', 'apiservice/respond.ts', 'kube/request.ts', 'main/rest.ts'],
  'node:https': ['apiservice/', 'kube/request.ts', 'main/'],
  'node:net': ['api/broken-request.ts', 'apiservice/certificates.ts', 'main/free-port.ts'],
  'node:os': ['main/'],
  'node:module': ['forecast/training/engine-wasm.ts'],
  'node:path': [
    'forecast/training/process.ts',
    'forecast/training/traces.ts',
    'kube/client.ts',
    'store/',
    'main/',
  ],
  'node:readline': ['main/'],
  'node:sqlite': ['store/sqlite-worker.ts'],
  'node:stream': ['apiservice/connections.ts', 'kube/request.ts', 'main/'],
  'node:timers': ['domain/clock.ts'],
  'node:tls': ['apiservice/'],
  'node:util': ['forecast/training/pretrain.ts'],
  'node:worker_threads': ['store/sqlite.ts', 'store/sqlite-worker.ts'],
  'node:zlib': ['store/line-protocol.ts', 'store/spill-frames.ts'],
};

/** Everyone else is told the time, as an `EpochMs`. */
export const MAY_SEE_THE_CLOCK = [
  'domain/beat.ts',
  'kube/lease.ts',
  'kube/watch.ts',
  'main/',
  'main.ts',
];
