import { existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { isRefusal, refusal } from '../domain/errors.ts';
import { seconds } from '../domain/units.ts';
import { openRequests, type Kube } from './request.ts';

/** Which cluster; the hall reads $KUBECONFIG and hands it in. */
export type KubeOptions = {
  /** A file, or several as in $KUBECONFIG. Absent: the service account of the pod we run in. */
  readonly kubeconfig?: string | undefined;
  /** Absent: the file's current one. */
  readonly context?: string | undefined;
};

/**
 * The cluster of the kubeconfig, or the one we run in. Nothing is asked of it yet.
 *
 * @throws {SelfScalingError} `CONFIG_INVALID` when there is none or the file does not say which.
 */
export function openKube(options: KubeOptions): Kube & AsyncDisposable {
  const config = configOf(options);
  if (options.context !== undefined) config.setCurrentContext(options.context);
  checkContext(config);
  const requests = openRequests(config);
  return {
    ...requests,
    async [Symbol.asyncDispose]() {
      requests[Symbol.dispose]();
    },
  };
}

/** Whether the API server answers us within 2 s; for health and `doctor`. */
export async function reachable(
  kube: Kube,
  signal: AbortSignal,
): Promise<{ ok: true } | { ok: false; why: string }> {
  try {
    await kube.ask({ path: '/version', limit: seconds(2) }, signal);
    return { ok: true };
  } catch (error) {
    if (isRefusal(error)) return { ok: false, why: error.message };
    throw error;
  }
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount/token';

const configOf = ({ kubeconfig = '' }: KubeOptions): KubeConfig => {
  const files = kubeconfig.split(delimiter).filter((file) => file !== '');
  if (files.length > 0) return files.map(fromFile).reduce(merged);
  if (!existsSync(SERVICE_ACCOUNT)) {
    throw refusal(
      'CONFIG_INVALID',
      'no Kubernetes cluster is named: set KUBECONFIG or kube.kubeconfig to a kubeconfig file, such as ~/.kube/config (in a pod: mount the service account token)',
    );
  }
  const config = new KubeConfig();
  config.loadFromCluster();
  return config;
};

const fromFile = (file: string): KubeConfig => {
  const config = new KubeConfig();
  try {
    config.loadFromFile(file);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw refusal('CONFIG_INVALID', `the kubeconfig file ${file} cannot be used: ${why}`, {
      cause,
    });
  }
  return config;
};

const merged = (first: KubeConfig, next: KubeConfig): KubeConfig => {
  try {
    first.mergeConfig(next, true);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw refusal('CONFIG_INVALID', `the kubeconfig files contradict each other: ${why}`, {
      cause,
    });
  }
  return first;
};

const checkContext = (config: KubeConfig): void => {
  const name = config.getCurrentContext();
  const known = config.getContexts().map((context) => context.name);
  const server = config.getCurrentCluster()?.server;
  if (server === undefined || !URL.canParse(server)) {
    throw refusal(
      'CONFIG_INVALID',
      `the kubeconfig context "${name}" names no cluster with a server; its contexts: ${known.join(', ') || 'none'}`,
      { details: { context: name, contexts: known } },
    );
  }
};
