import { connect as dial, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import type { At } from './fixture.ts';
import { CART } from './row.ts';

export type Mischief = 'abort' | 'crawl' | 'oversized' | 'malformed' | 'half' | 'deaf';
type Place = At & { readonly cert: string; readonly key: string };

const MOST_OPEN = 200;
const CRAWLS_FOR = 20;
const OVERSIZED = 2 * 2 ** 20;
const HEARS_NOTHING_MS = 2000;
const HEAD = `GET ${CART} HTTP/1.1\r\nHost: a\r\nX-Remote-User: u\r\n`;

/** Behaves badly again and again, each kind in turn; resolves with how often when it is told to end. */
export async function misbehave(
  place: Place,
  everyMs: number,
  signal: AbortSignal,
): Promise<Record<Mischief, number>> {
  const counts = { abort: 0, crawl: 0, oversized: 0, malformed: 0, half: 0, deaf: 0 };
  const kinds = Object.keys(counts) as Mischief[];
  const open = new Set<Promise<void>>();
  for (let turn = 0; !signal.aborted; turn += 1) {
    const kind = kinds[turn % kinds.length] ?? 'abort';
    if (open.size < MOST_OPEN) {
      counts[kind] += 1;
      const done = KINDS[kind](place, signal)
        .catch(() => undefined)
        .finally(() => open.delete(done));
      open.add(done);
    }
    await delay(everyMs);
  }
  await Promise.all(open);
  return counts;
}

type Act = (place: Place, signal: AbortSignal) => Promise<void>;

const KINDS: Readonly<Record<Mischief, Act>> = {
  /** Asks ten times and is gone before an answer. */
  async abort(place) {
    const socket = await secure(place);
    socket.write(`${HEAD}\r\n`.repeat(10));
    await delay(Math.random() * 4);
    socket.destroy();
  },
  /** Sends its request byte by byte, and never ends it. */
  async crawl(place, signal) {
    const socket = await secure(place);
    for (let at = 0; at < CRAWLS_FOR && !signal.aborted && !socket.destroyed; at += 1) {
      socket.write(HEAD[at] ?? '');
      await delay(100);
    }
    socket.destroy();
  },
  async oversized(place) {
    const socket = await secure(place);
    socket.write(`${HEAD}X-Long: ${'x'.repeat(OVERSIZED)}\r\n\r\n`);
    await ended(socket);
  },
  /** No TLS at all, or what only begins like it. */
  async malformed(place) {
    const socket = await plain(place);
    const isAlmost = Math.random() < 0.5;
    const start = Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]);
    const noise = Buffer.from(Array.from({ length: 300 }, () => Math.random() * 256));
    socket.write(isAlmost ? Buffer.concat([start, noise]) : 'GET / HTTP/1.1\r\n\r\n');
    await ended(socket);
  },
  /** Dials, and says nothing. */
  async half(place) {
    const socket = await plain(place);
    await delay(HEARS_NOTHING_MS / 2);
    socket.destroy();
  },
  /** Asks much and reads nothing of the answers. */
  async deaf(place) {
    const socket = await secure(place);
    socket.pause();
    socket.write(`${HEAD}\r\n`.repeat(200));
    await delay(HEARS_NOTHING_MS);
    socket.destroy();
  },
};

function secure({ port, ca, servername, cert, key }: Place): Promise<TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
  const socket = connect({ host: '127.0.0.1', port, ca, servername, cert, key });
  socket.on('error', reject).once('secureConnect', () => resolve(socket));
  return promise;
}

function plain({ port }: Place): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = dial({ host: '127.0.0.1', port });
  socket.on('error', reject).once('connect', () => resolve(socket));
  return promise;
}

/** Until the server closes it; for a while. */
async function ended(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.once('close', () => resolve()).resume();
  await Promise.race([promise, delay(HEARS_NOTHING_MS, undefined, { ref: false })]);
  socket.destroy();
}
