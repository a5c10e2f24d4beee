import { entryFor, type TokenEntry } from './tokens.ts';

export type Verb = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** Who asks, and what they may. Questions that cannot be decided are thrown as `REVIEW_FAILED`. */
export type Identity = {
  readonly user: string;
  readonly groups: readonly string[];
  mayCall(path: string, verb: Verb): Promise<boolean>;
  /** To read or to write the components of one namespace, for callers who may not do so everywhere. */
  mayIn(namespace: string, right: 'list' | 'patch'): Promise<boolean>;
};

/** `undefined` for a token that is not valid; `token` is absent where none was sent. */
export type Identify = (token: string | undefined) => Promise<Identity | undefined>;

/** Loopback: whoever reaches it is the user of this machine. */
export const everybody: Identify = async () => ({
  user: 'loopback',
  groups: [],
  mayCall: async () => true,
  mayIn: async () => true,
});

/** A token file: viewers read, editors do everything. */
export function byTokens(tokens: () => readonly TokenEntry[]): Identify {
  return async (token) => {
    const entry = token === undefined ? undefined : entryFor(token, tokens());
    if (entry === undefined) return undefined;
    return {
      user: entry.name,
      groups: [entry.role],
      mayCall: async (_, verb) => verb === 'get' || entry.role === 'editor',
      mayIn: async () => false,
    };
  };
}
