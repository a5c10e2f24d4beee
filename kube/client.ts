import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter } from 'node:path';
import type * as ClientNode from '@kubernetes/client-node';
import { isRefusal, refusal } from '../domain/errors.ts';
import { seconds } from '../domain/units.ts';
import { plainIdentity, podIdentity, SERVICE_ACCOUNT } from './plain-identity.ts';
import { openRequests, type Kube, type KubeIdentity } from './request.ts';

/** Which cluster; the hall reads $KUBECONFIG and hands it in. */
export type KubeOptions = {
  /** A file, or several as in $KUBECONFIG. Absent: the service account of the pod we run in. */
  readonly kubeconfig?: string | undefined;
  /** Absent: the file's current one. */
  readonly context?: string | undefined;
  /** Where a pod finds the API server: `KUBERNETES_SERVICE_HOST` and `_PORT`. */
  readonly pod?: { readonly host: string; readonly port: string } | undefined;
};

/**
 * The cluster of the kubeconfig, or the one we run in. Nothing is asked of it yet.
 *
 * @throws {SelfScalingError} `CONFIG_INVALID` when there is none or the file does not say which.
 */
export function openKube(options: KubeOptions): Kube & AsyncDisposable {
  const requests = openRequests(plainOf(options) ?? checkedConfigOf(options));
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

/** Most kubeconfigs, and all pods: nothing else is to be loaded for them. */
function plainOf({ kubeconfig = '', context, pod }: KubeOptions): KubeIdentity | undefined {
  const [file, ...others] = filesIn(kubeconfig);
  if (others.length > 0) return undefined;
  if (file === undefined) {
    return pod !== undefined && existsSync(SERVICE_ACCOUNT) ? podIdentity(pod) : undefined;
  }
  try {
    return plainIdentity(readFileSync(file, 'utf8'), context);
  } catch {
    return undefined; // It says why when it is read in earnest.
  }
}

const filesIn = (kubeconfig: string): string[] =>
  kubeconfig.split(delimiter).filter((file) => file !== '');

/** Loaded when it is needed: with all its models it takes 75 MB. */
function newConfig(): ClientNode.KubeConfig {
  const load = createRequire(import.meta.url);
  const client: typeof ClientNode = load('@kubernetes/client-node');
  return new client.KubeConfig();
}

function checkedConfigOf(options: KubeOptions): ClientNode.KubeConfig {
  const config = configOf(options);
  if (options.context !== undefined) config.setCurrentContext(options.context);
  checkContext(config);
  return config;
}

const configOf = ({ kubeconfig = '' }: KubeOptions): ClientNode.KubeConfig => {
  const files = filesIn(kubeconfig);
  if (files.length > 0) return files.map(fromFile).reduce(merged);
  if (!existsSync(SERVICE_ACCOUNT)) {
    throw refusal(
      'CONFIG_INVALID',
      'no Kubernetes cluster is named: set KUBECONFIG or kube.kubeconfig to a kubeconfig file, such as ~/.kube/config (in a pod: mount the service account token)',
    );
  }
  const config = newConfig();
  config.loadFromCluster();
  return config;
};

const fromFile = (file: string): ClientNode.KubeConfig => {
  const config = newConfig();
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

const merged = (
  first: ClientNode.KubeConfig,
  next: ClientNode.KubeConfig,
): ClientNode.KubeConfig => {
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

const checkContext = (config: ClientNode.KubeConfig): void => {
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
