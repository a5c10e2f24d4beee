import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';

/* The client’s half of bench/api.ts, in a process of its own: raw sockets, so that it is not what is measured. */

export type Load = {
  readonly port: number;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly servername: string;
  readonly connections: number;
  readonly requests: number;
  /** A whole request, but for the number between its halves: each below `count`, in turn. */
  readonly asked: { readonly before: string; readonly after: string; readonly count: number };
  /** Without it each connection asks as soon as it is answered. */
  readonly perSecond?: number;
};
export type Measured = {
  readonly seconds: number;
  /** Milliseconds, counted from when the request should have been sent. */
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
};

const END_OF_HEAD = '\r\n\r\n';
const NANOSECONDS = 1e9;
/** Goes on from load to load, so that each component has its turn. */
let turn = 0;
const STATUS_FROM = 'HTTP/1.1 '.length;
const STATUS_TO = 'HTTP/1.1 200'.length;

async function run(load: Load): Promise<Measured> {
  const latencies: number[] = [];
  const { asked, requests } = load;
  let [sent, failed] = [0, 0];
  const connections = await Promise.all(
    Array.from({ length: load.connections }, async () => exchanger(await dial(load))),
  );
  const begun = process.hrtime.bigint();
  await Promise.all(
    connections.map(async ({ exchange, end }) => {
      while (sent < requests) {
        sent += 1;
        turn += 1;
        const text = asked.before + (turn % asked.count) + asked.after;
        const due = dueAt(load, begun, sent);
        if (due > process.hrtime.bigint()) await delay(Number(due - process.hrtime.bigint()) / 1e6);
        const begins = process.hrtime.bigint();
        const at = load.perSecond === undefined || begins < due ? begins : due;
        const status = await exchange(text);
        latencies.push(Number(process.hrtime.bigint() - at) / 1e6);
        if (status !== '200') failed += 1;
      }
      end();
    }),
  );
  const seconds = Number(process.hrtime.bigint() - begun) / NANOSECONDS;
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  return { seconds, p50: at(0.5), p99: at(0.99), failed };
}

function dueAt({ perSecond }: Load, begun: bigint, number: number): bigint {
  return perSecond === undefined
    ? begun
    : begun + BigInt(Math.round((number / perSecond) * NANOSECONDS));
}

async function dial(load: Load): Promise<TLSSocket> {
  const { port, ca, cert, key, servername } = load;
  const socket = connect({ host: '127.0.0.1', port, ca, cert, key, servername });
  await once(socket, 'secureConnect');
  return socket.setNoDelay(true);
}

/** Sends one request at a time and reads one whole answer; resolves with its status. */
function exchanger(socket: TLSSocket) {
  let seen = '';
  let waiting: PromiseWithResolvers<string> | undefined;
  socket.on('data', (chunk: Buffer) => {
    seen += chunk.toString('latin1');
    const head = seen.indexOf(END_OF_HEAD);
    if (head === -1 || seen.length < head + END_OF_HEAD.length + lengthIn(seen, head)) return;
    const status = seen.slice(STATUS_FROM, STATUS_TO);
    seen = '';
    waiting?.resolve(status);
  });
  const broken = (): void => waiting?.resolve('closed');
  socket.on('error', broken).on('close', broken);
  return {
    exchange: (text: string): Promise<string> => {
      waiting = Promise.withResolvers();
      socket.write(text, 'latin1');
      return waiting.promise;
    },
    end: (): void => void socket.destroy(),
  };
}

const LENGTH = /content-length: (\d+)/i;
const lengthIn = (text: string, head: number): number =>
  Number(LENGTH.exec(text.slice(0, head))?.[1] ?? 0);

process.on('message', (load: Load) => {
  void run(load).then((measured) => process.send?.(measured));
});
