import { idOf } from '../domain/component.ts';
import { isRefusal, kubeUnavailable } from '../domain/errors.ts';
import type { ComponentPods, PodUsage } from '../domain/pod-usage.ts';
import { minutes, type EpochMs } from '../domain/units.ts';
import { listAt } from './json.ts';
import type { Pod } from './pod.ts';
import { toReport, type PodReport } from './pod-report.ts';
import { hasStatus, NOT_FOUND } from './refusals.ts';
import type { Kube } from './request.ts';
import { pathsOf, type Scope } from './scope.ts';
import type { Component, Workloads } from './workloads.ts';

const POD_METRICS = { api: '/apis/metrics.k8s.io/v1beta1', plural: 'pods' };
const REPORT_LIFETIME = minutes(2);

/**
 * What pods use now, as metrics-server reports it, joined with the pods that are known to run.
 *
 * Rejects when the metrics API does not answer, or when the pods are not known for certain: a sum over
 * pods of yesterday would be a number for something unknown.
 */
export function kubeUsage(
  kube: Pick<Kube, 'ask'>,
  cluster: Pick<Workloads, 'components' | 'healthy'>,
  scope: Scope,
) {
  return {
    async readUsage(at: EpochMs, signal: AbortSignal): Promise<readonly ComponentPods[]> {
      const reports = await readReports(kube, scope, signal);
      const components = cluster.components();
      if (!cluster.healthy()) {
        throw kubeUnavailable(
          'the pods of the cluster are not known for certain: their watch broke',
        );
      }
      return components.map((component) => toComponentPods(component, reports, at));
    },
  };
}

/** The pods of one component: those with a report that holds, and those that run without one. */
const toComponentPods = (
  { workload, pods }: Component,
  reports: ReadonlyMap<string, PodReport>,
  now: EpochMs,
): ComponentPods => ({
  key: workload.key,
  replicasWanted: workload.replicas,
  replicasReady: workload.replicasReady,
  pods: pods.flatMap((pod) => toPodUsage(pod, reports.get(nameOf(pod)), now)),
});

const toPodUsage = (pod: Pod, report: PodReport | undefined, now: EpochMs): readonly PodUsage[] => {
  const { name } = pod;
  if (report !== undefined && holds(report, pod, now)) return [{ name, usage: report.usage }];
  // It runs and nobody says what it uses: missing. What ends, or has not begun, is not expected to use.
  return pod.runs && !pod.goes ? [{ name }] : [];
};

/** A report from before the pod's birth is of a namesake: pods of StatefulSets keep their names. */
const holds = (report: PodReport, pod: Pod, now: EpochMs): boolean =>
  now - report.at <= REPORT_LIFETIME && (pod.createdAt === undefined || report.at >= pod.createdAt);

const readReports = async (
  kube: Pick<Kube, 'ask'>,
  scope: Scope,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, PodReport>> => {
  try {
    const answers = await Promise.all(
      pathsOf(POD_METRICS, scope).map((path) => kube.ask({ path }, signal)),
    );
    const reports = answers.flatMap((answer) => listAt(answer, 'items')).flatMap(toReports);
    return new Map(reports.map((report) => [nameOf(report), report]));
  } catch (error) {
    if (!isRefusal(error) || !hasStatus(error, NOT_FOUND)) throw error;
    throw kubeUnavailable(
      'the metrics API (metrics.k8s.io) is not served: install metrics-server',
      error,
    );
  }
};

const toReports = (item: unknown): readonly PodReport[] => {
  const report = toReport(item);
  return report === undefined ? [] : [report];
};

const nameOf = ({ namespace, name }: { namespace: string; name: string }): string =>
  idOf({ namespace, component: name });
