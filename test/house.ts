/** Which room may look into which. No arrow points up, and siblings have no doors between them. */
export const DOORS: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  config: ['domain'],
  kube: ['domain'],
  collector: ['domain'],
  store: ['domain'],
  'forecast/models': ['domain'],
  'forecast/training': ['domain', 'forecast/models'],
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
  '@peculiar/x509': ['apiservice/certificates.ts'],
  commander: ['main.ts', 'main/'],
  fastify: ['api/'],
  pino: ['main/logger.ts'],
  'prom-client': ['api/meters.ts'],
  'reflect-metadata': ['apiservice/certificates.ts'],
  typebox: ['api/wire/'],
  yaml: ['config/load.ts'],
  'node:timers': ['domain/clock.ts'],
};

/** Everyone else is told the time, as an `EpochMs`. */
export const MAY_SEE_THE_CLOCK = [
  'domain/beat.ts',
  'kube/lease.ts',
  'kube/watch.ts',
  'main/',
  'main.ts',
];
