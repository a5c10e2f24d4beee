import { createServer } from 'node:net';

/** The port if it can be listened on, else 0 (any free one). */
export async function portOrFree(port: number, host: string): Promise<number> {
  if (port === 0) return 0;
  const { promise, resolve } = Promise.withResolvers<number>();
  const probe = createServer();
  probe.once('error', () => resolve(0));
  probe.listen(port, host, () => probe.close(() => resolve(port)));
  return await promise;
}
