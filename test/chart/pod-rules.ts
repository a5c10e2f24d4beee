import type { PodSpec } from './rendered.ts';

type Container = PodSpec['containers'][number];

/** What stands against the profile "restricted" and our own rules, in words; nothing for a good pod. */
export function faultsOf(pod: PodSpec): readonly string[] {
  const {
    securityContext = {},
    containers,
    automountServiceAccountToken,
    serviceAccountName,
  } = pod;
  const isUnasked = serviceAccountName === undefined && automountServiceAccountToken !== false;
  const isOpen = !isEqual(securityContext['seccompProfile'], { type: 'RuntimeDefault' });
  return [
    ...(securityContext['runAsNonRoot'] === true ? [] : ['may be root']),
    ...(isOpen ? ['no seccomp profile'] : []),
    ...(isUnasked ? ['a token that nobody needs'] : []),
    ...(pod.enableServiceLinks === false ? [] : ['service links']),
    ...containers.flatMap((container) => [...rightsOf(container), ...boundsOf(container)]),
  ];
}

const RESTRICTED = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

const rightsOf = ({ securityContext, env = [] }: Container): readonly string[] => [
  ...(isEqual(securityContext, RESTRICTED) ? [] : ['a container that is not restricted']),
  ...(env.some((one) => 'valueFrom' in one) ? ['a secret in the environment'] : []),
];

/** A CPU limit would slow every autoscaler of the cluster. */
function boundsOf({ resources }: Container): readonly string[] {
  const { requests = {}, limits = {} } = resources ?? {};
  const isAsked = 'cpu' in requests && 'memory' in requests;
  return [
    ...(isAsked ? [] : ['no requests']),
    ...('memory' in limits && !('cpu' in limits) ? [] : ['no memory limit, or one of CPU']),
  ];
}

const isEqual = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
