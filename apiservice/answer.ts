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
