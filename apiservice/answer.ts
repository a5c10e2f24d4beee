import type { Status } from './status.ts';

/** What goes back over the wire, whoever asked. */
export type Answer = {
  readonly code: number;
  /** Absent where there is no body. */
  readonly type?: string;
  readonly body: string | Uint8Array;
  /** Beside type, length, Audit-Id and Cache-Control. */
  readonly headers?: Readonly<Record<string, string>>;
  /** It says itself how it may be kept; without this it may not. */
  readonly ownCaching?: true;
};

const TEXT = 'text/plain; charset=utf-8';
const NO_SNIFFING = { 'X-Content-Type-Options': 'nosniff' };
const INDENT = 2;

/** JSON as Kubernetes writes it: one line and a newline, or indented without one. */
export const json = (code: number, value: unknown, pretty: boolean): Answer => ({
  code,
  type: 'application/json',
  body: pretty ? JSON.stringify(value, undefined, INDENT) : `${JSON.stringify(value)}\n`,
});

export function statusAnswer(status: Status, pretty: boolean): Answer {
  const answer = json(status.code, status, pretty);
  return status.reason === 'Forbidden' ? { ...answer, headers: NO_SNIFFING } : answer;
}

export const text = (code: number, body: string): Answer => ({ code, type: TEXT, body });

/** Text that browsers must not take for anything else. */
export const plainText = (code: number, body: string): Answer => ({
  ...text(code, body),
  headers: NO_SNIFFING,
});

/** The answer to whoever has this very document already. */
export const notModified = ({ headers = {} }: Answer): Answer => ({
  code: 304,
  body: '',
  headers,
  ownCaching: true,
});
