import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { openNursery } from '../control-plane/nursery.ts';
import { expectSoon } from './expect-soon.ts';

/** What to run: `node main.ts <role> …`. */
export type ProcessWish = {
  readonly role: string;
  /** Where its log and its configuration are written; also its working directory. */
  readonly folder: string;
  /** Names its files, when a role runs twice. */
  readonly name?: string;
  readonly args?: readonly string[];
  /** Written to a file and given as `--config`. JSON is YAML. */
  readonly config?: unknown;
  /** Added to the bare minimum: it inherits nothing else of ours. */
  readonly env?: Readonly<Record<string, string>>;
  /** Another build of the program than the sources. */
  readonly main?: string | undefined;
};

/** One line of its log: the members of the JSON object, or only `text` when it is none. */
export type LogLine = { readonly text: string; readonly [member: string]: unknown };

export interface OurProcess extends AsyncDisposable {
  readonly pid: number;
  readonly logFile: string;
  isRunning(): boolean;
  /** Everything that it has written so far, both outputs. */
  lines(): Promise<readonly LogLine[]>;
  /** Waits for a line; rejects with the end of the log when it ends first or takes too long. */
  says(what: string, isIt: (line: LogLine) => boolean, withinMs?: number): Promise<LogLine>;
  /** Ends it and returns its exit code; `undefined` when a signal ended it. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<number | undefined>;
  /** Waits until it ends by itself. */
  ended(withinMs: number): Promise<void>;
}

const MAIN = resolve(import.meta.dirname, '../../main.ts');
const WITHIN_MS = 30_000;
const TAIL = 20;

export async function startOurProcess(wish: ProcessWish): Promise<OurProcess> {
  const { folder, name = wish.role } = wish;
  await mkdir(folder, { recursive: true });
  const args = [wish.main ?? MAIN, wish.role, ...(wish.args ?? [])];
  if (wish.config !== undefined) {
    const file = join(folder, `${name}.config.yaml`);
    await writeFile(file, JSON.stringify(wish.config, undefined, 2));
    args.push('--config', file);
  }
  const nursery = openNursery();
  const program = nursery.start({
    name,
    file: process.execPath,
    args,
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, TMPDIR: process.env['TMPDIR'], ...wish.env },
    logFile: join(folder, `${name}.log`),
  });
  const lines = async (): Promise<readonly LogLine[]> =>
    (await readFile(program.logFile, 'utf8'))
      .split('\n')
      .filter((text) => text !== '')
      .map(parseLine);
  const tail = async (): Promise<string> =>
    (await lines())
      .slice(-TAIL)
      .map(({ text }) => text)
      .join('\n');

  return {
    pid: program.pid,
    logFile: program.logFile,
    isRunning: () => program.isRunning(),
    lines,
    async says(what, isIt, withinMs = WITHIN_MS) {
      // Asked in this order, so that the last line of one that has just ended is not missed.
      const look = async () => ({ isOver: !program.isRunning(), line: (await lines()).find(isIt) });
      const { line } = await expectSoon(
        `${name} says ${what}`,
        look,
        (seen) => seen.isOver || seen.line !== undefined,
        { withinMs, everyMs: 50 },
      ).catch(async (cause: unknown) => {
        throw new Error(`${String(cause)}\n${await tail()}`, { cause });
      });
      if (!line) throw new Error(`${name} ended before it said ${what}:\n${await tail()}`);
      return line;
    },
    stop: (signal) => program.stop(signal),
    async ended(withinMs) {
      await expectSoon(
        `${name} ends by itself`,
        () => program.isRunning(),
        (runs) => !runs,
        { withinMs },
      );
    },
    [Symbol.asyncDispose]: () => nursery[Symbol.asyncDispose](),
  };
}

function parseLine(text: string): LogLine {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? { ...parsed, text } : { text };
  } catch {
    return { text };
  }
}
