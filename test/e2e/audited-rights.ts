import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

type Event = {
  readonly stage: string;
  readonly user: { readonly username: string };
  readonly verb: string;
  readonly requestURI: string;
  readonly objectRef?: { readonly resource: string; readonly apiGroup?: string };
  readonly responseStatus?: { readonly code?: number };
};

/** Flags that let the API server write down every request of the accounts of a namespace, and what was written so far. */
export async function auditOf(namespace: string, folder: string) {
  const policyFile = join(folder, 'audit-policy.json');
  const logFile = join(folder, 'audit.jsonl');
  const userGroups = [`system:serviceaccounts:${namespace}`];
  const rules = [{ level: 'Metadata', userGroups }, { level: 'None' }];
  // A watch is complete when it ends; that it was let in is known when it begins.
  const policy = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'] };
  await writeFile(policyFile, JSON.stringify({ ...policy, rules }));
  const events = async (): Promise<readonly Event[]> =>
    (await readFile(logFile, 'utf8'))
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Event);
  return {
    flags: [`--audit-policy-file=${policyFile}`, `--audit-log-path=${logFile}`],
    /** `verb group/resource` of each request of one account that was let in. */
    async asked(account: string): Promise<ReadonlySet<string>> {
      const name = `system:serviceaccount:${namespace}:${account}`;
      const own = (await events()).filter(({ user }) => user.username === name);
      return new Set(own.filter((event) => codeOf(event) < 400).flatMap(rightsOf));
    },
    /** The requests of all of them that were not. */
    async refused(): Promise<readonly string[]> {
      const no = (await events()).filter((event) => [401, 403].includes(codeOf(event)));
      return no.map(({ user, verb, requestURI }) => `${user.username} ${verb} ${requestURI}`);
    },
  };
}

const codeOf = ({ responseStatus }: Event): number => responseStatus?.code ?? 0;
const CREATED = 201;

/** An apply that creates needs both rights. */
function rightsOf(event: Event): string[] {
  const { verb, objectRef } = event;
  if (objectRef === undefined) return [];
  const verbs = verb === 'patch' && codeOf(event) === CREATED ? [verb, 'create'] : [verb];
  return verbs.map((one) => `${one} ${objectRef.apiGroup ?? ''}/${objectRef.resource}`);
}

export type Rule = {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly verbs: readonly string[];
};

/** The same spelling for what a role grants. */
export const rightsIn = (rules: readonly Rule[]): readonly string[] =>
  rules.flatMap(({ apiGroups = [], resources = [], verbs }) =>
    verbs.flatMap((verb) =>
      apiGroups.flatMap((group) => resources.map((resource) => `${verb} ${group}/${resource}`)),
    ),
  );
