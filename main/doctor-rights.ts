import type { Kube } from '../kube/request.ts';

/** What the controller does in a cluster; each is asked by a SelfSubjectAccessReview. */
type Right = readonly [group: string, resource: string, verb: string, name?: string];

/** The one APIService that is ours to write: rights on it are given by its name. */
const API_SERVICE = 'v1beta1.external.metrics.k8s.io';

const RIGHTS: readonly Right[] = [
  ...['deployments', 'statefulsets', 'replicasets'].flatMap((resource) =>
    ['list', 'watch'].map((verb) => ['apps', resource, verb] as const),
  ),
  ['', 'pods', 'list'],
  ['', 'pods', 'watch'],
  ['', 'namespaces', 'list'],
  ['', 'namespaces', 'watch'],
  ['metrics.k8s.io', 'pods', 'list'],
  ...['list', 'watch', 'create', 'patch', 'delete'].map(
    (verb) => ['autoscaling', 'horizontalpodautoscalers', verb] as const,
  ),
  ...['list', 'watch', 'create', 'patch'].map(
    (verb) => ['apiregistration.k8s.io', 'apiservices', verb, API_SERVICE] as const,
  ),
  ['events.k8s.io', 'events', 'create'],
  ['events.k8s.io', 'events', 'patch'],
  ['authentication.k8s.io', 'tokenreviews', 'create'],
  ['authorization.k8s.io', 'subjectaccessreviews', 'create'],
];

/** The rules that this account lacks, as `verb resource.group`. */
export async function missingRights(
  kube: Pick<Kube, 'ask'>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const [group, resource, verb, name] of RIGHTS) {
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { group, resource, verb, ...(name && { name }) } },
    };
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    // oxlint-disable-next-line no-await-in-loop -- a few small questions, one after the other
    const answer = await kube.ask({ method: 'POST', path, body: review }, signal);
    if (!isAllowed(answer)) missing.push(`${verb} ${resource}${group === '' ? '' : `.${group}`}`);
  }
  return missing;
}

function isAllowed(answer: unknown): boolean {
  if (typeof answer !== 'object' || answer === null || !('status' in answer)) return false;
  const { status } = answer;
  return (
    typeof status === 'object' && status !== null && 'allowed' in status && status.allowed === true
  );
}
