import type { Rendered } from '../e2e/helm.ts';

type Json = Readonly<Record<string, unknown>>;

/** The parts of a pod that the rules of the chart speak of. */
export type PodSpec = {
  readonly serviceAccountName?: string;
  readonly automountServiceAccountToken?: boolean;
  readonly enableServiceLinks?: boolean;
  readonly securityContext?: Json;
  readonly containers: readonly Container[];
  readonly volumes?: readonly Volume[];
};
type Container = {
  readonly securityContext?: Json;
  readonly env?: readonly Json[];
  readonly resources?: { readonly requests?: Json; readonly limits?: Json };
  readonly ports?: readonly { readonly name: string }[];
};
type Volume = {
  readonly secret?: { readonly secretName: string };
  readonly configMap?: { readonly name: string };
};
export type Pod = {
  readonly owner: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly selector: Readonly<Record<string, string>> | undefined;
  readonly spec: PodSpec;
};

type Template = {
  readonly metadata?: { readonly labels?: Record<string, string> };
  readonly spec: PodSpec;
};
type Controller = {
  readonly spec: {
    readonly template: Template;
    readonly selector?: { readonly matchLabels: Record<string, string> };
  };
};

const WITH_PODS = ['Deployment', 'StatefulSet', 'Job'];

/** Every pod that comes of the objects. */
export function podsIn(objects: readonly Rendered[]): readonly Pod[] {
  return objects.flatMap((object): Pod[] => {
    const owner = `${object.kind} ${object.metadata.name}`;
    if (object.kind === 'Pod') {
      const { spec, metadata } = object as unknown as Template;
      return [{ owner, spec, labels: metadata?.labels ?? {}, selector: undefined }];
    }
    if (!WITH_PODS.includes(object.kind)) return [];
    const { template, selector } = (object as unknown as Controller).spec;
    const labels = template.metadata?.labels ?? {};
    return [{ owner, spec: template.spec, labels, selector: selector?.matchLabels }];
  });
}

/** Every path at which the value is null: the API server drops it, and GitOps would see a difference for ever. */
export function nullsIn(value: unknown, path = ''): readonly string[] {
  if (value === null) return [path];
  if (typeof value !== 'object' || value === undefined) return [];
  return Object.entries(value).flatMap(([member, inner]) => nullsIn(inner, `${path}/${member}`));
}
