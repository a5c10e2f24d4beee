import type { Meters } from '../api/meters.ts';
import { createOps } from '../api/ops.ts';
import { refusal } from '../domain/errors.ts';
import { listenHost } from './listen-host.ts';
import type { Parts } from './parts.ts';

type Check = { readonly name: string; readonly healthy: boolean; readonly why?: string };

/** Probes and metrics, listening; resolves with the port. */
export async function openOps(
  house: AsyncDisposableStack,
  { config, life, log }: Parts,
  meters: Meters,
  ready: (signal: AbortSignal) => Promise<readonly Check[]>,
): Promise<number> {
  const drained = (): Check => ({ name: 'shutdown', healthy: !life.draining.aborted });
  const app = house.use(
    await createOps({
      live: () => [{ name: 'ping', healthy: true }],
      ready: async (signal) => [drained(), ...(await ready(signal))],
      meters,
      log,
    }),
  );
  const { port } = config.ops;
  const host = listenHost(config.ops.host);
  try {
    await app.listen({ host, port });
  } catch (cause) {
    throw refusal('CONFIG_INVALID', `ops.port: cannot listen on ${host}:${port}; set another`, {
      cause,
    });
  }
  const address = app.server.address();
  return address === null || typeof address === 'string' ? port : address.port;
}
