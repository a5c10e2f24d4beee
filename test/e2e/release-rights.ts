import { rightsIn, type auditOf, type Rule } from './audited-rights.ts';
import { expectSoon } from './expect-soon.ts';
import type { Rendered } from './helm.ts';

/** What the roles of Kubernetes itself give, to which the chart binds an account. */
const REVIEWS = [
  'create authentication.k8s.io/tokenreviews',
  'create authorization.k8s.io/subjectaccessreviews',
];
const FRONT_PROXY = ['list /configmaps', 'watch /configmaps'];

/** By account: what it asks for beside what the chart grants. */
export const BOUND: Readonly<Record<string, readonly string[]>> = {
  adapter: ['create authorization.k8s.io/subjectaccessreviews', ...FRONT_PROXY],
  controller: [...REVIEWS, ...FRONT_PROXY],
  bootstrap: [],
  test: [],
  'hand-back': [],
};

type Role = Rendered & { readonly rules: readonly Rule[] };

/** Waits until every right that the chart gives to an account was used; tells what was used beyond. */
export async function rightsOf(
  account: string,
  rendered: readonly Rendered[],
  audit: Awaited<ReturnType<typeof auditOf>>,
): Promise<{ readonly granted: readonly string[]; readonly beyond: readonly string[] }> {
  const names = [`self-scaling-${account}`, `self-scaling-${account}-own`];
  const granted = rendered
    .filter(({ kind, metadata: { name } }) => kind.endsWith('Role') && names.includes(name))
    .flatMap((role) => rightsIn((role as Role).rules));
  const asked = await expectSoon(
    `every right of ${account} has been used: ${granted.join(', ')}`,
    () => audit.asked(`self-scaling-${account}`),
    (seen) => granted.every((right) => seen.has(right)),
    { withinMs: 20_000 },
  );
  const beyond = [...asked].filter((right) => !granted.includes(right)).toSorted();
  return { granted, beyond };
}
