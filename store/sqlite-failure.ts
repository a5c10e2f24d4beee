import {
  isRefusal,
  refusal,
  storeUnavailable,
  type ErrorCode,
  type SelfScalingError,
} from '../domain/errors.ts';

/** Why the worker did not answer, in a form that passes between threads. */
export type Failure =
  | {
      readonly kind: 'refusal';
      readonly code: ErrorCode;
      readonly message: string;
      readonly details: Readonly<Record<string, unknown>>;
      readonly cause?: string;
    }
  /** The file is not what was written to it. */
  | { readonly kind: 'damage'; readonly message: string }
  | { readonly kind: 'bug'; readonly message: string; readonly stack?: string };

/** Primary result codes; an extended code has its primary in the low byte. @see https://sqlite.org/rescode.html */
const DAMAGE: ReadonlySet<number> = new Set([11 /* corrupt */, 26 /* not a database */]);
/** Permission, busy, locked, memory, read-only, I/O, full, cannot open, protocol, authorization: the world's doing. */
const AWAY: ReadonlySet<number> = new Set([3, 5, 6, 7, 8, 10, 13, 14, 15, 23]);
const PRIMARY = 0xff;

export const isDamage = (error: unknown): boolean => DAMAGE.has(primaryCodeOf(error));

/** @param path named in the message, for whoever has to look. */
export function failureOf(error: unknown, path: string): Failure {
  if (isRefusal(error)) {
    const { code, message, details, cause } = error;
    const failure = { kind: 'refusal', code, message, details } as const;
    return cause === undefined ? failure : { ...failure, cause: messageOf(cause) };
  }
  const message = messageOf(error);
  if (isDamage(error)) return { kind: 'damage', message };
  if (AWAY.has(primaryCodeOf(error))) {
    return failureOf(storeUnavailable(`the database ${path} is away`, error), path);
  }
  const stack = error instanceof Error ? error.stack : undefined;
  return stack === undefined ? { kind: 'bug', message } : { kind: 'bug', message, stack };
}

/** The failure as the error that the caller is given. */
export function errorOf(failure: Failure, path: string): Error | SelfScalingError {
  switch (failure.kind) {
    case 'refusal': {
      const { code, message, details, cause } = failure;
      return refusal(code, message, { details, cause });
    }
    case 'damage':
      return storeUnavailable(`the database ${path} is damaged`, new Error(failure.message));
    case 'bug': {
      const bug = new Error(failure.message);
      if (failure.stack !== undefined) bug.stack = failure.stack;
      return bug;
    }
    default:
      return failure satisfies never;
  }
}

function primaryCodeOf(error: unknown): number {
  if (!(error instanceof Error) || !('errcode' in error)) return 0;
  return typeof error.errcode === 'number' ? error.errcode & PRIMARY : 0;
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
