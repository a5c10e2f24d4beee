/** The headers that we read ourselves; identity headers stay raw. */
export type RequestHead = {
  /** Several are one list. */
  readonly accept: string;
  readonly auditId?: string;
  readonly authorization?: string;
  readonly userAgent?: string;
  readonly ifNoneMatch?: string;
};

const MEMBER = new Map<string, keyof RequestHead>([
  ['accept', 'accept'],
  ['audit-id', 'auditId'],
  ['authorization', 'authorization'],
  ['user-agent', 'userAgent'],
  ['if-none-match', 'ifNoneMatch'],
]);

const LENGTHS = new Set([...MEMBER.keys()].map(({ length }) => length));

/** Reads the raw pairs of a request; of a repeated header the first counts, as in Go. */
export function headOf(rawHeaders: readonly string[]): RequestHead {
  const found: { -readonly [M in keyof RequestHead]?: string } = {};
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (!LENGTHS.has(name.length)) continue; // Most headers are not ours: their letters are not read.
    const member = MEMBER.get(name.toLowerCase());
    const value = rawHeaders[at + 1] ?? '';
    if (member === undefined) continue;
    const before = found[member];
    if (before === undefined) found[member] = value;
    else if (member === 'accept') found.accept = `${before}, ${value}`;
  }
  return { accept: '', ...found };
}

/** Tools that people use get indented JSON, unless they say otherwise. */
export const isForPeople = (userAgent = ''): boolean =>
  /^(?:curl|Wget|Mozilla\/5\.0)/.test(userAgent);
