import { idOf, listOf, needed, textOf, type Ask, type Report } from './bootstrap-http.ts';
import type { Bucket } from './influx2-wire.ts';

/** One token per role of the program, `all` for one process with every role, and one for charts. */
const TOKEN_SCOPES = ['controller', 'trainer', 'adapter', 'all', 'grafana'] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

type Rights = { readonly read: readonly Bucket[]; readonly write: readonly Bucket[] };

const EVERY: readonly Bucket[] = ['history', 'future', 'issue', 'eval', 'system'];
const RIGHTS: Readonly<Record<TokenScope, Rights>> = {
  controller: { read: EVERY, write: ['history', 'eval', 'system'] },
  trainer: { read: EVERY, write: ['future', 'issue', 'eval'] },
  adapter: { read: ['issue', 'system'], write: [] },
  all: { read: EVERY, write: EVERY },
  grafana: { read: ['history', 'future', 'eval'], write: [] },
};

/** Makes the token of each scope that has none, or whose token is to be replaced. */
export async function readyTokens(
  ask: Ask,
  orgID: string,
  bucketIds: ReadonlyMap<Bucket, string>,
  renew: readonly TokenScope[],
  report: Report,
): Promise<Map<TokenScope, string>> {
  const tokens = new Map<TokenScope, string>();
  const known = listOf(await ask('GET', `/authorizations?orgID=${orgID}`), 'authorizations');
  for (const scope of TOKEN_SCOPES) {
    const description = descriptionOf(scope);
    const old = known.filter((one) => textOf(one, 'description') === description);
    if (old.length > 0 && !renew.includes(scope)) {
      report.found.push(`token ${scope}`);
      continue;
    }
    for (const one of old) await ask('DELETE', `/authorizations/${idOf(one)}`);
    const permissions = permissionsOf(scope, orgID, bucketIds);
    const made = await ask('POST', '/authorizations', { orgID, description, permissions });
    tokens.set(scope, needed(made, 'token'));
    report.made.push(`token ${scope}`);
  }
  return tokens;
}

/** By the description an authorization is found again. */
const descriptionOf = (scope: TokenScope): string => `self-scaling ${scope}`;

/** As InfluxDB wants them: buckets by id, never by name. */
const permissionsOf = (
  scope: TokenScope,
  orgID: string,
  bucketIds: ReadonlyMap<Bucket, string>,
): readonly object[] =>
  (['read', 'write'] as const).flatMap((action) =>
    RIGHTS[scope][action].map((bucket) => ({
      action,
      resource: { type: 'buckets', id: bucketIds.get(bucket), orgID },
    })),
  );
