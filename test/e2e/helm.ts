import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { programPath } from '../control-plane/programs.ts';
import type { Answer } from './ask.ts';
import type { Cluster, KubeObject } from './objects.ts';

const CHART = resolve(import.meta.dirname, '../../chart');
const execute = promisify(execFile);

export type Rendered = KubeObject & { readonly apiVersion: string; readonly kind: string };

/** Real Helm on our chart, with all that it keeps in `folder`. Every call rejects with what Helm said when it fails. */
export function openHelm(folder: string, kubeconfig: string) {
  const env = {
    PATH: process.env['PATH'],
    KUBECONFIG: kubeconfig,
    ...Object.fromEntries(
      ['CACHE', 'CONFIG', 'DATA'].map((kind) => [`HELM_${kind}_HOME`, `${folder}/helm-${kind}`]),
    ),
  };
  const helm = async (...args: readonly string[]): Promise<string> =>
    (await execute(programPath('helm'), args, { env, cwd: folder })).stdout;
  const release = ['self-scaling', '--namespace', 'self-scaling'];
  return {
    lint: () => helm('lint', '--strict', CHART),
    /** Hooks included, unless told otherwise. */
    template: (...more: readonly string[]) => helm('template', ...release, ...more, CHART),
    install: (...more: readonly string[]) => helm('install', ...release, ...more, CHART),
    upgrade: (...more: readonly string[]) => helm('upgrade', ...release, ...more, CHART),
    rollback: (revision: number) => helm('rollback', ...release.toSpliced(1, 0, String(revision))),
    test: () => helm('test', ...release),
    uninstall: (...more: readonly string[]) => helm('uninstall', ...release, ...more),
  };
}

export const parseRendered = (text: string): readonly Rendered[] =>
  parseAllDocuments(text)
    .map((document) => document.toJS() as Rendered | null)
    .filter((object) => object !== null);

const PLURALS: Readonly<Record<string, string>> = {
  'v1 ConfigMap': '/api/v1/namespaces/*/configmaps',
  'v1 PersistentVolumeClaim': '/api/v1/namespaces/*/persistentvolumeclaims',
  'v1 Pod': '/api/v1/namespaces/*/pods',
  'v1 Secret': '/api/v1/namespaces/*/secrets',
  'v1 Service': '/api/v1/namespaces/*/services',
  'v1 ServiceAccount': '/api/v1/namespaces/*/serviceaccounts',
  'apps/v1 Deployment': '/apis/apps/v1/namespaces/*/deployments',
  'apps/v1 StatefulSet': '/apis/apps/v1/namespaces/*/statefulsets',
  'batch/v1 Job': '/apis/batch/v1/namespaces/*/jobs',
  'policy/v1 PodDisruptionBudget': '/apis/policy/v1/namespaces/*/poddisruptionbudgets',
  'coordination.k8s.io/v1 Lease': '/apis/coordination.k8s.io/v1/namespaces/*/leases',
  'networking.k8s.io/v1 NetworkPolicy': '/apis/networking.k8s.io/v1/namespaces/*/networkpolicies',
  'apiregistration.k8s.io/v1 APIService': '/apis/apiregistration.k8s.io/v1/apiservices',
  ...Object.fromEntries(
    [
      ['ClusterRole', 'clusterroles'],
      ['ClusterRoleBinding', 'clusterrolebindings'],
      ['Role', 'namespaces/*/roles'],
      ['RoleBinding', 'namespaces/*/rolebindings'],
    ].map(([kind, path]) => [
      `rbac.authorization.k8s.io/v1 ${kind}`,
      `/apis/rbac.authorization.k8s.io/v1/${path}`,
    ]),
  ),
};

/** Groups that this API server does not have: their objects are read against the operators' own schemas. */
const ELSEWHERE = ['cert-manager.io/v1', 'cilium.io/v2', 'monitoring.coreos.com/v1'];
export const isKnownHere = ({ apiVersion }: Rendered): boolean => !ELSEWHERE.includes(apiVersion);

/** Where the API server has it. */
export function pathOf({ apiVersion, kind, metadata }: Rendered): string {
  const plural = PLURALS[`${apiVersion} ${kind}`];
  if (plural === undefined) throw new Error(`a kind that the chart should not have: ${kind}`);
  return `${plural.replace('*', metadata.namespace ?? '')}/${metadata.name}`;
}

/** Whether the API server would take it: nothing is written, and unknown fields are refused. */
export const dryRun = (cluster: Cluster, object: Rendered): Promise<Answer> =>
  cluster.raw(
    'PATCH',
    `${pathOf(object)}?dryRun=All&fieldValidation=Strict&fieldManager=test`,
    object,
    'application/apply-patch+yaml',
  );
