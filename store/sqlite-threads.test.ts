import { describe, expect, test } from 'vitest';
import { silentLog, type Log } from '../domain/log.ts';
import type { Asked, Question } from './sqlite-answers.ts';
import type { Failure } from './sqlite-failure.ts';
import type { Reply, Thread } from './sqlite-thread.ts';
import { keepThread } from './sqlite-threads.ts';

type FakeThread = Thread & {
  readonly isSuspect: boolean;
  readonly asked: Question[];
  answer(question: Question, reply: Reply): void;
  fail(error: Error): void;
  exit(): void;
};

/** Answers nothing by itself. */
function fakeThread(isSuspect: boolean): FakeThread {
  const posted: Asked[] = [];
  type Listener = (value?: unknown) => void;
  const listeners = new Map<string, Listener>();
  const emit = (event: string, value?: unknown): void => listeners.get(event)?.(value);
  return {
    isSuspect,
    get asked() {
      return posted.map(({ question }) => question);
    },
    postMessage: (message) => posted.push(message),
    on: (event: string, listener: unknown) => listeners.set(event, listener as Listener),
    answer(question, reply) {
      const asked = posted.findLast((each) => each.question === question);
      emit('message', { ...reply, number: asked?.number });
    },
    fail: (error) => emit('error', error),
    exit: () => emit('exit'),
  };
}

function rig(log: Log = silentLog) {
  const threads: FakeThread[] = [];
  const start = (isSuspect: boolean): FakeThread => {
    const thread = fakeThread(isSuspect);
    threads.push(thread);
    return thread;
  };
  return { threads, ...keepThread(start, 'x.db', log) };
}

const NEW_FILE = { kind: 'answer', answer: undefined } as const;
const AWAY = { code: 'STORE_UNAVAILABLE' };
const over = (failure: Failure): Reply => ({ kind: 'failure', failure, isOver: true });

describe('the database thread', () => {
  test('is asked at once, in the order of the calls, and closed last', async () => {
    const { threads, ask, close } = rig();
    const [first, second] = [ask('components', []), ask('settings', [])];
    await Promise.resolve();
    await Promise.resolve();
    const third = ask('trouble', []);
    const closed = close();
    const [thread] = threads;
    await Promise.resolve();
    expect(thread?.asked).toEqual(['opened', 'components', 'settings', 'trouble', 'close']);
    thread?.answer('opened', NEW_FILE);
    thread?.answer('components', { kind: 'answer', answer: [] });
    thread?.answer('settings', { kind: 'answer', answer: [] });
    thread?.answer('trouble', NEW_FILE);
    thread?.answer('close', NEW_FILE);
    thread?.exit();
    await Promise.all([first, second, third, closed]);
    await expect(ask('components', [])).rejects.toMatchObject(AWAY);
    expect(threads).toHaveLength(1);
  });

  test('that dies answers what waits with STORE_UNAVAILABLE, and the next call has a new one', async () => {
    const errors: object[] = [];
    const { threads, ask } = rig({ ...silentLog, error: (members) => errors.push(members) });
    const calls = [ask('components', []), ask('settings', [])];
    await new Promise(setImmediate);
    const death = new Error('out of memory');
    threads[0]?.fail(death);
    threads[0]?.exit();
    for (const call of calls) {
      await expect(call).rejects.toMatchObject({ ...AWAY, cause: death });
    }
    expect(errors).toEqual([{ err: death, path: 'x.db' }]);
    const next = ask('components', []);
    await new Promise(setImmediate);
    threads[1]?.answer('components', { kind: 'answer', answer: [] });
    expect(await next).toEqual([]);
  });

  test('that found damage is replaced only when it has let go of the file, which is then checked', async () => {
    const { threads, ask } = rig();
    const call = ask('components', []);
    await new Promise(setImmediate);
    threads[0]?.answer('opened', NEW_FILE);
    threads[0]?.answer('components', over({ kind: 'damage', message: 'malformed' }));
    await expect(call).rejects.toMatchObject(AWAY);
    const next = ask('components', []);
    await new Promise(setImmediate);
    expect(threads).toHaveLength(1);
    expect(threads[0]?.asked.at(-1)).toBe('close');
    threads[0]?.exit();
    await new Promise(setImmediate);
    expect(threads.map(({ isSuspect }) => isSuspect)).toEqual([false, true]);
    threads[1]?.answer('components', { kind: 'answer', answer: [] });
    expect(await next).toEqual([]);
  });

  test('that cannot open the file refuses, and the next call tries again', async () => {
    const { threads, ask } = rig();
    const call = ask('components', []);
    await new Promise(setImmediate);
    const details = { path: 'x.db' };
    const refusal = over({ kind: 'refusal', code: 'CONFIG_INVALID', message: 'newer', details });
    threads[0]?.answer('components', refusal);
    await expect(call).rejects.toMatchObject({ code: 'CONFIG_INVALID', details });
    threads[0]?.exit();
    const next = ask('components', []);
    await new Promise(setImmediate);
    threads[1]?.answer('components', { kind: 'answer', answer: [] });
    expect(await next).toEqual([]);
  });

  test('that is closed while a call waits for a new one refuses that call, and starts none', async () => {
    const { threads, ask, close } = rig();
    const call = ask('components', []);
    await new Promise(setImmediate);
    threads[0]?.answer('components', over({ kind: 'damage', message: 'malformed' }));
    await expect(call).rejects.toMatchObject(AWAY);
    const late = ask('components', []);
    const closed = close();
    threads[0]?.exit();
    await expect(late).rejects.toMatchObject(AWAY);
    await closed;
    expect(threads).toHaveLength(1);
  });
});
