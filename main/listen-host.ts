import { networkInterfaces } from 'node:os';

/** `::` takes IPv4 callers too, but cannot be listened on where a machine has no IPv6 at all. */
export function listenHost(host: string): string {
  if (host !== '::') return host;
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.some(({ family }) => family === 'IPv6') ? host : '0.0.0.0';
}
