import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

export type Command = {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Where both its outputs go; appended to, so that a restart does not hide what was before. */
  readonly logFile: string;
  readonly cwd?: string;
  /** How long it may take to end before it is killed. */
  readonly patienceMs?: number;
};

/** A program of ours that runs, known by its process id and by nothing else. */
export interface StartedProgram extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  isRunning(): boolean;
  /** Resolves when `isReady` does to true. Rejects, with the end of the log, when the program ends first. */
  ready(isReady: () => Promise<boolean>, withinMs: number): Promise<void>;
  /** At once, without waiting: for the last moment of our own process. */
  kill(): void;
  /** Sends the signal and waits for the end; what does not end in time is killed. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<number | undefined>;
}

const ASK_EVERY_MS = 50;
const PATIENCE_MS = 15_000;
const LOG_TAIL = 4000;

/** Starts it. Whoever calls this sees to it that it ends: take a `Nursery`. */
export function startProgram(command: Command): StartedProgram {
  const { name, logFile } = command;
  const log = openSync(logFile, 'a');
  const child = spawn(command.file, command.args, {
    env: command.env ?? process.env,
    stdio: ['ignore', log, log],
    ...(command.cwd && { cwd: command.cwd }),
  });
  closeSync(log);
  const ended = endOf(child);
  const isRunning = (): boolean =>
    child.pid !== undefined && child.exitCode === null && child.signalCode === null;

  const ready = async (isReady: () => Promise<boolean>, withinMs: number): Promise<void> => {
    const until = performance.now() + withinMs;
    while (isRunning()) {
      if (await isReady().catch(() => false)) return;
      if (performance.now() > until) throw new Error(await story(`not ready in ${withinMs} ms`));
      await delay(ASK_EVERY_MS);
    }
    throw new Error(await story(`ended (${await ended}) before it was ready`));
  };
  const story = async (what: string): Promise<string> => {
    const text = await readFile(logFile, 'utf8').catch(() => '');
    return `${name} ${what}; its log is ${logFile} and ends:\n${text.slice(-LOG_TAIL)}`;
  };
  const stop = async (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number | undefined> => {
    if (isRunning()) child.kill(signal);
    const impatient = setTimeout(() => child.kill('SIGKILL'), command.patienceMs ?? PATIENCE_MS);
    await ended;
    clearTimeout(impatient);
    return child.exitCode ?? undefined;
  };
  return {
    name,
    pid: child.pid ?? 0,
    logFile,
    isRunning,
    ready,
    kill: () => void child.kill('SIGKILL'),
    stop,
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
}

/** `exit code 1`, `SIGKILL`, or why it could not be started at all. */
async function endOf(child: ChildProcess): Promise<string> {
  try {
    await once(child, 'exit');
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return child.signalCode ?? `exit code ${child.exitCode}`;
}
