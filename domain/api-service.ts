/** The APIService `v1beta1.external.metrics.k8s.io` as we want it. */
export type DesiredApiService = {
  readonly serviceNamespace: string;
  readonly serviceName: string;
  readonly port: number;
  /** PEM; for a while it may hold two authorities. */
  readonly caBundle: string;
};

/** The same object as the cluster has it; a local APIService names no service. */
export type FoundApiService = {
  readonly serviceNamespace?: string;
  readonly serviceName?: string;
  readonly port?: number;
  readonly caBundle?: string;
  readonly resourceVersion: string;
  readonly available: boolean;
  /** Why it is not available, as Kubernetes says it. */
  readonly reason?: string;
};
