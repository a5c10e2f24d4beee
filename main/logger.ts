import {
  destination,
  pino,
  stdSerializers,
  stdTimeFunctions,
  type Logger as PinoLogger,
} from 'pino';
import { systemClock } from '../domain/clock.ts';
import { isRefusal } from '../domain/errors.ts';
import { repeats } from './log-repeats.ts';

export type Logger = PinoLogger;

type LogOptions = {
  readonly level: string;
  readonly role: string;
  /** 1 for roles, whose output is the log; 2 for tools, whose output is data. */
  readonly descriptor: 1 | 2;
};

const SECRETS = ['authorization', 'token', 'headers.authorization', 'req.headers.authorization'];
const WARN = 40;

/** JSON lines `{level, time, role, …members, msg}`, written at once so that a crash loses none. */
export function openLogger({ level, role, descriptor }: LogOptions): PinoLogger {
  const leftOutBefore = repeats(() => systemClock.now());
  return pino(
    {
      level,
      base: { role },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRETS, remove: true },
      serializers: { err: told },
      hooks: {
        // An outage is one story: of equal complaints the first, then one each ten minutes.
        logMethod(words, method, severity) {
          const [members, sentence] = words;
          if (severity < WARN || !isComplaint(members)) return method.apply(this, words);
          const leftOut = leftOutBefore(textOf(members, sentence));
          if (leftOut === 0) method.apply(this, words);
          else if (leftOut !== undefined) method.apply(this, [{ ...members, leftOut }, sentence]);
        },
      },
    },
    destination({ dest: descriptor, sync: true }),
  );
}

/** A refusal is told by its code and words; only a bug needs its stack. */
const told = (error: unknown): unknown =>
  isRefusal(error)
    ? { code: error.code, message: error.message }
    : stdSerializers.err(error instanceof Error ? error : new Error(String(error)));

type Complaint = { readonly err: Error; readonly key?: unknown };

const isComplaint = (members: unknown): members is Complaint =>
  typeof members === 'object' &&
  members !== null &&
  'err' in members &&
  members.err instanceof Error;

/** What was said, about what: names tell complaints apart, numbers do not. */
function textOf(members: Complaint, sentence: unknown): string {
  const names = Object.values(members).filter((one) => typeof one === 'string');
  return [sentence, members.err.message, JSON.stringify(members.key), ...names].join(' ');
}
