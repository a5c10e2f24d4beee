import { readdir, readFile } from 'node:fs/promises';
import { fork } from 'node:child_process';
import { Agent } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { epochMs } from '../../domain/units.ts';
import { askAt, callers, D, testPki, type At, type Reply } from './fixture.ts';
import { misbehave, type Mischief } from './mischief.ts';

export type SoakWish = {
  readonly seconds: number;
  readonly perSecond: number;
  /** More is growth; a process takes a minute until it has the memory that it wants. */
  readonly mayGrowMiB: number;
};
export type SoakSeen = {
  readonly answers: number;
  readonly perSecond: number;
  /** What should have been answered otherwise, with what came; at most some. */
  readonly wrong: readonly string[];
  /** By kind, how often a client behaved so. */
  readonly mischief: Readonly<Record<Mischief, number>>;
  readonly slowestMs: number;
  /** Of the server, each fifth of the time from the end of the warm-up on. */
  readonly rssMiB: readonly number[];
  readonly handles: readonly number[];
  /** Before anybody came, and when all have gone. */
  readonly handlesAtRest: readonly [number, number];
  /** What grew after the warm-up; of handles, what was left. */
  readonly grown: readonly string[];
};

const WARM_UP = 1 / 6;
const LOOKS = 5;
const WRONG_KEPT = 20;
const MISCHIEF_EACH_MS = 40;
const PATIENCE_MS = 10_000;
const MIB = 2 ** 20;
const LOAD_SOCKETS = 64;
const GROWN_BY_HANDLES = 5;

/** Questions with the one right answer to each: the server’s facts are constants. */
const QUESTIONS: readonly { readonly path: string; readonly isIt: (reply: Reply) => boolean }[] = [
  ask('predicted-cpu', 'cart', (reply) => reply.status === 200 && valueIn(reply) === '1235m'),
  ask('predicted-memory', 'cart', (reply) => valueIn(reply) === '268435456'),
  ask('predicted-cpu', 'old', ({ status }) => status === 503),
  ask('predicted-cpu', 'ghost', ({ status }) => status === 404),
  ask('predicted-cpu', 'a b', ({ status }) => status === 400),
  { path: D, isIt: ({ status, body }) => status === 200 && body.includes('externalmetrics') },
  { path: '/readyz', isIt: ({ status, body }) => status === 200 && body === 'ok' },
];

function ask(metric: string, component: string, isIt: (reply: Reply) => boolean) {
  const selector = encodeURIComponent(`component=${component}`);
  return { path: `${D}/namespaces/shop/${metric}?labelSelector=${selector}`, isIt };
}

function valueIn({ body }: Reply): string | undefined {
  const { items } = JSON.parse(body) as { readonly items: readonly { readonly value: string }[] };
  return items[0]?.value;
}

/**
 * A server in a process of its own, asked steadily by good clients, while others abort, crawl, send headers
 * beyond any limit and speak no TLS. Every good client is to get its answer, and afterwards nothing is to
 * be left of the others.
 */
export async function soak({ seconds, perSecond, mayGrowMiB }: SoakWish): Promise<SoakSeen> {
  const pki = await testPki(epochMs(Date.now()));
  const serving = await pki.serve();
  await using server = await startServer({ ...serving, authConfig: pki.authConfig() });
  const at: At = { port: server.port, ca: pki.servingCa, servername: 'localhost' };
  const { cert, key } = pki.frontProxy;
  const { open: before } = await server.look();
  const stop = new AbortController();
  const mischief = misbehave({ ...at, cert, key }, MISCHIEF_EACH_MS, stop.signal);
  const load = steadily(at, pki.frontProxy, perSecond, stop.signal);
  await delay(seconds * 1000 * WARM_UP);
  const rssMiB: number[] = [];
  const handles: number[] = [];
  for (let look = 0; look <= LOOKS; look += 1) {
    if (look > 0) await delay((seconds * 1000 * (1 - WARM_UP)) / LOOKS);
    const { rss, open } = await server.look();
    rssMiB.push(Math.round(rss / MIB));
    handles.push(open);
  }
  stop.abort();
  const [counts, { answers, ...rest }] = [await mischief, await load];
  const after = await settled(async () => (await server.look()).open, before);
  return {
    answers,
    perSecond: Math.round(answers / seconds),
    ...rest,
    mischief: counts,
    rssMiB,
    handles,
    handlesAtRest: [before, after],
    grown: [
      ...grownIn('RSS in MiB', rssMiB, mayGrowMiB),
      ...(after > before + GROWN_BY_HANDLES ? [`handles: ${before}, ${after}`] : []),
    ],
  };
}

/** Closing takes a moment: the figure as soon as it is down, or what it is after a while. */
async function settled(look: () => Promise<number>, before: number): Promise<number> {
  const until = performance.now() + PATIENCE_MS;
  let seen = await look();
  while (seen > before && performance.now() < until) {
    await delay(100);
    seen = await look();
  }
  return seen;
}

/** The middle of the last half beside that of the first: one look may meet the collector at work. */
function grownIn(what: string, looks: readonly number[], by: number): string[] {
  const half = Math.floor(looks.length / 2);
  const [early, late] = [middle(looks.slice(0, half)), middle(looks.slice(half))];
  return late > early + by ? [`${what}: ${looks.join(', ')}`] : [];
}

const middle = (of: readonly number[]): number =>
  of.toSorted((a, b) => a - b)[Math.floor(of.length / 2)] ?? 0;

async function steadily(
  at: At,
  as: { readonly cert: string; readonly key: string },
  perSecond: number,
  signal: AbortSignal,
) {
  const agent = new Agent({ keepAlive: true, maxSockets: LOAD_SOCKETS });
  const under = new Set<Promise<void>>();
  const wrong: string[] = [];
  let [sent, answers, slowestMs] = [0, 0, 0];
  const one = async (number: number): Promise<void> => {
    const question = QUESTIONS[number % QUESTIONS.length];
    if (question === undefined) return;
    const since = performance.now();
    const late = delay(PATIENCE_MS, 'no answer', { ref: false });
    const asked = { as, headers: callers.H, agent };
    const reply = await Promise.race([askAt(at, question.path, asked).catch(String), late]);
    slowestMs = Math.max(slowestMs, performance.now() - since);
    answers += 1;
    if (typeof reply !== 'string' && isRight(question, reply)) return;
    const said = typeof reply === 'string' ? reply : `${reply.status} ${reply.body.slice(0, 200)}`;
    if (wrong.length < WRONG_KEPT) wrong.push(`${question.path}: ${said}`);
  };
  const begun = performance.now();
  while (!signal.aborted) {
    const due = ((performance.now() - begun) / 1000) * perSecond;
    while (sent < due) {
      sent += 1;
      const asked = one(sent).finally(() => under.delete(asked));
      under.add(asked);
    }
    await delay(5);
  }
  await Promise.all(under);
  agent.destroy();
  return { answers, wrong, slowestMs: Math.round(slowestMs) };
}

function isRight({ isIt }: (typeof QUESTIONS)[number], reply: Reply): boolean {
  try {
    return isIt(reply);
  } catch {
    return false;
  }
}

async function startServer(wish: object) {
  const execArgv = ['--max-semi-space-size=4'];
  const child = fork(new URL('soak-server.ts', import.meta.url), { stdio: 'inherit', execArgv });
  const { promise, resolve } = Promise.withResolvers<number>();
  child.once('message', (port: number) => resolve(port));
  child.send(wish);
  const port = await promise;
  return {
    port,
    /** As the system sees the process: memory, and what it holds open. */
    async look() {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      const rss = Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
      return { rss, open: (await readdir(`/proc/${child.pid}/fd`)).length };
    },
    async [Symbol.asyncDispose]() {
      child.disconnect();
    },
  };
}
