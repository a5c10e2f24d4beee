import { connect, type TLSSocket } from 'node:tls';
import { once } from 'node:events';

/* The client's half of bench/metric-requests.ts, in a process of its own: raw sockets, so that it is not what is measured. */

export type Load = {
  readonly port: number;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly connections: number;
  readonly requests: number;
  /** Whole requests, sent in turn. */
  readonly texts: readonly string[];
};
export type Measured = {
  readonly seconds: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
};

const END_OF_HEAD = '\r\n\r\n';
const NANOSECONDS = 1e9;

async function run(load: Load): Promise<Measured> {
  const latencies: number[] = [];
  let [sent, failed] = [0, 0];
  const sockets = await Promise.all(Array.from({ length: load.connections }, () => dial(load)));
  const begun = process.hrtime.bigint();
  await Promise.all(
    sockets.map(async (socket) => {
      while (sent < load.requests) {
        sent += 1;
        const at = process.hrtime.bigint();
        const status = await exchange(socket, load.texts[sent % load.texts.length] ?? '');
        latencies.push(Number(process.hrtime.bigint() - at) / 1e6);
        if (status !== '200') failed += 1;
      }
      socket.destroy();
    }),
  );
  const seconds = Number(process.hrtime.bigint() - begun) / NANOSECONDS;
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  return { seconds, p50: at(0.5), p99: at(0.99), failed };
}

async function dial({ port, ca, cert, key }: Load): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, ca, cert, key, servername: 'localhost' });
  await once(socket, 'secureConnect');
  return socket.setNoDelay(true);
}

/** Sends one request and reads one whole answer; resolves with its status. */
function exchange(socket: TLSSocket, text: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let seen = '';
  const read = (chunk: Buffer): void => {
    seen += chunk.toString('latin1');
    const head = seen.indexOf(END_OF_HEAD);
    if (head === -1) return;
    const length = Number(/content-length: (\d+)/i.exec(seen.slice(0, head))?.[1] ?? 0);
    if (seen.length < head + END_OF_HEAD.length + length) return;
    socket.off('data', read).off('error', reject);
    resolve(seen.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length));
  };
  socket.on('data', read).on('error', reject);
  socket.write(text);
  return promise;
}

process.on('message', (load: Load) => {
  void run(load).then((measured) => process.send?.(measured));
});
