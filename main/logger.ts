import { destination, pino, stdTimeFunctions, type Logger as PinoLogger } from 'pino';

export type Logger = PinoLogger;

type LogOptions = {
  readonly level: string;
  readonly role: string;
  /** 1 for roles, whose output is the log; 2 for tools, whose output is data. */
  readonly descriptor: 1 | 2;
};

const SECRETS = ['authorization', 'token', 'headers.authorization', 'req.headers.authorization'];

/** JSON lines `{level, time, role, …members, msg}`, written at once so that a crash loses none. */
export const openLogger = ({ level, role, descriptor }: LogOptions): PinoLogger =>
  pino(
    {
      level,
      base: { role },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRETS, remove: true },
    },
    destination({ dest: descriptor, sync: true }),
  );
