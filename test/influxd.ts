import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './control-plane/free-port.ts';
import { openNursery } from './control-plane/nursery.ts';
import { programPath, whyMissing } from './control-plane/programs.ts';
import type { StartedProgram } from './control-plane/started-program.ts';

const READY_MS = 30_000;

/** For `describe.skipIf`: why tests on a real InfluxDB cannot run, and the remedy. With CI=true they fail. */
export const whyNoInfluxd = (): string | undefined =>
  process.env['CI'] === 'true' ? undefined : whyMissing(['influxd']);

export interface Influxd extends AsyncDisposable {
  readonly url: string;
  readonly folder: string;
  /** Ends it, by its process id, and waits for the end: SIGTERM lets it flush, SIGKILL does not. */
  stop(how?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Starts it again over the same folder, on the same port. */
  start(): Promise<void>;
}

/** A real, empty InfluxDB on a free loopback port, over a scratch folder that goes with it. */
export async function startInfluxd(): Promise<Influxd> {
  const folder = await mkdtemp(join(tmpdir(), 'influxd-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const nursery = openNursery();
  let running: StartedProgram | undefined;
  const start = async (): Promise<void> => {
    running = nursery.start({
      name: 'influxd',
      file: programPath('influxd'),
      args: flags(folder, port),
      logFile: join(folder, 'influxd.log'),
    });
    await running.ready(async () => (await fetch(`${url}/ping`)).status === 204, READY_MS);
  };
  await start();
  return {
    url,
    folder,
    start,
    async stop(how = 'SIGTERM') {
      await running?.stop(how);
    },
    async [Symbol.asyncDispose]() {
      await running?.stop('SIGKILL');
      await nursery[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** As an edge node should run it: small caches, bounded queries. */
const flags = (folder: string, port: number): readonly string[] => [
  `--http-bind-address=127.0.0.1:${port}`,
  `--bolt-path=${join(folder, 'influxd.bolt')}`,
  `--engine-path=${join(folder, 'engine')}`,
  `--sqlite-path=${join(folder, 'influxd.sqlite')}`,
  '--reporting-disabled',
  '--ui-disabled',
  '--hardening-enabled',
  '--log-level=error',
  '--query-concurrency=32',
  '--query-memory-bytes=134217728',
  '--storage-cache-snapshot-memory-size=4194304',
  '--storage-cache-snapshot-write-cold-duration=1m',
];
