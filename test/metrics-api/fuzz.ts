import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { parse } from 'yaml';
import { externalMetrics } from '../../adapter/provider.ts';
import { refusal } from '../../domain/errors.ts';
import { silentLog } from '../../domain/log.ts';
import { seededRandom } from '../../domain/random.ts';
import { epochMs } from '../../domain/units.ts';
import { fuzzed, type Fuzzed } from './fuzz-requests.ts';
import { openMetricsApi, testPki } from './fixture.ts';
import { JSON_TYPE, PROTOBUF, YAML } from './row.ts';
import { snapshotOf } from './snapshot.ts';

export type Fuzz = {
  readonly requests: number;
  readonly seed: number;
  readonly connections?: number;
};

/** What came of it: how often each status, and every answer that may not be, with its request. */
export type Found = {
  readonly statuses: ReadonlyMap<number, number>;
  /** Closed without an answer, as HTTP allows for what is not HTTP. */
  readonly closed: number;
  readonly wrong: readonly { readonly request: string; readonly why: string }[];
  readonly slowestMs: number;
  readonly rss: { readonly before: number; readonly after: number };
};

type Answer = { readonly status: number; readonly head: string; readonly body: Buffer };

const HANGS_AFTER_MS = 15_000;
const MOST_WRONG = 20;
const UNDECIDED = /^Internal Server Error: ".*": access could not be reviewed\n$/s;

/** Sends many odd requests over TLS to a server of our own, from several connections at once. */
export async function fuzz({ requests, seed, connections = 32 }: Fuzz): Promise<Found> {
  const pki = await testPki(epochMs(Date.now()));
  const bugs: object[] = [];
  const moment = epochMs(Date.now());
  const snapshot = snapshotOf(moment);
  await using api = await openMetricsApi(
    pki,
    {
      provider: externalMetrics({ current: () => snapshot }),
      log: { ...silentLog, error: (members) => void bugs.push(members) },
      reviewer: {
        async whoIs(token) {
          if (token === 'down') throw refusal('REVIEW_FAILED', 'connection refused');
          return token === 'valid' ? { user: 'token', groups: [], extra: {} } : undefined;
        },
        async may({ user }) {
          if (user === 'u') throw refusal('REVIEW_FAILED', 'connection refused');
          return { allowed: !user.startsWith('system:anonymous') };
        },
      },
    },
    { reviewsPerSecond: 1e9 },
  );
  const random = seededRandom(seed);
  const statuses = new Map<number, number>();
  const wrong: Found['wrong'][number][] = [];
  let [sent, closed, slowestMs] = [0, 0, 0];
  const before = process.memoryUsage.rss();

  const note = (request: Fuzzed, why: string | undefined): void => {
    if (why !== undefined && wrong.length < MOST_WRONG) {
      wrong.push({ request: request.text.slice(0, 3000), why });
    }
  };
  const worker = async (number: number): Promise<void> => {
    const client = number % 8 === 7 ? {} : pki.frontProxy;
    const dial = () => dialled({ port: api.service.port, ca: pki.servingCa, ...client });
    let line = await dial();
    while (sent < requests) {
      sent += 1;
      const request = fuzzed(random);
      const begun = performance.now();
      const answer = await exchanged(line, request);
      slowestMs = Math.max(slowestMs, performance.now() - begun);
      if (answer === 'hangs') note(request, 'it hangs');
      if (typeof answer === 'string') closed += Number(answer === 'closed');
      else {
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        note(request, whyWrong(answer, request));
      }
      if (typeof answer === 'string' || line.isOver()) {
        line.end();
        line = await dial();
      }
    }
    line.end();
  };
  await Promise.all(Array.from({ length: connections }, (_, number) => worker(number)));
  for (const bug of bugs.filter((each) => !('user' in each))) {
    wrong.push({ request: 'one of them', why: String((bug as { err?: Error }).err?.stack) });
  }
  return { statuses, closed, wrong, slowestMs, rss: { before, after: process.memoryUsage.rss() } };
}

/** Why an answer may not be; nothing when it may. */
function whyWrong({ status, head, body }: Answer, { method }: Fuzzed): string | undefined {
  if (/^retry-after:/im.test(head)) return 'it has a Retry-After';
  const type = /^content-type: (?<type>.*)$/im.exec(head)?.groups?.['type'] ?? '';
  if (status >= 500 && !isNamed(status, type, body.toString('utf8'))) {
    return `${status} ${type}: ${body.toString('utf8')}`;
  }
  return method === 'HEAD' || body.length === 0 ? undefined : whyUnreadable(type, body);
}

/** A review that failed, a health check that failed, or a Status about a forecast. */
function isNamed(status: number, type: string, text: string): boolean {
  if (status === 500) return UNDECIDED.test(text) || text.endsWith('check failed\n') || text === '';
  return status === 503 && !type.startsWith('text/');
}

function whyUnreadable(type: string, body: Buffer): string | undefined {
  const text = body.toString('utf8');
  try {
    if (type.startsWith(JSON_TYPE)) JSON.parse(text);
    if (type === YAML) parse(text);
  } catch (error) {
    return `${String(error)}: ${text}`;
  }
  return type === PROTOBUF && !text.startsWith('k8s\0') ? `no protobuf: ${text}` : undefined;
}

type Line = {
  readonly socket: TLSSocket;
  isOver(): boolean;
  end(): void;
};

async function dialled(to: object): Promise<Line> {
  const socket = connect({ host: '127.0.0.1', servername: 'localhost', ...to });
  await once(socket, 'secureConnect');
  socket.setNoDelay(true);
  let isOver = false;
  const ends = (): void => void (isOver = true);
  socket.on('close', ends).on('end', ends).on('error', ends);
  return { socket, isOver: () => isOver, end: () => void socket.destroy() };
}

/** One answer, read to its end; a connection that ends after it is seen by the next. */
function exchanged(
  { socket }: Line,
  { text, method }: Fuzzed,
): Promise<Answer | 'closed' | 'hangs'> {
  const { promise, resolve } = Promise.withResolvers<Answer | 'closed' | 'hangs'>();
  let seen: Buffer = Buffer.alloc(0);
  const read = (chunk: Buffer): void => {
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    const answer = answerIn(seen, method);
    if (answer !== undefined) finish(answer);
  };
  const ended = (): void => finish(answerIn(seen, method, true) ?? 'closed');
  const late = setTimeout(() => finish('hangs'), HANGS_AFTER_MS);
  const finish = (answer: Answer | 'closed' | 'hangs'): void => {
    clearTimeout(late);
    socket.off('data', read).off('close', ended).off('end', ended);
    resolve(answer);
  };
  socket.on('data', read).on('close', ended).on('end', ended);
  if (socket.destroyed) ended();
  else socket.write(text, 'latin1');
  return promise;
}

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const BLANK_LINE = '\r\n\r\n';

function answerIn(all: Buffer, method: string, isOver = false): Answer | undefined {
  const isContinued = all.subarray(0, CONTINUE.length).toString('latin1') === CONTINUE;
  const seen = isContinued ? all.subarray(CONTINUE.length) : all;
  const end = seen.indexOf(BLANK_LINE);
  if (end === -1) return undefined;
  const head = seen.subarray(0, end).toString('latin1');
  const status = Number(head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length));
  const body = seen.subarray(end + BLANK_LINE.length);
  if (method === 'HEAD' || status === 304) return { status, head, body: Buffer.alloc(0) };
  return isOver || body.length >= lengthIn(head) ? { status, head, body } : undefined;
}

/** Without one the body goes on until the connection ends. */
function lengthIn(head: string): number {
  const length = /^content-length: (?<length>\d+)/im.exec(head)?.groups?.['length'];
  return length === undefined ? Number.POSITIVE_INFINITY : Number(length);
}
