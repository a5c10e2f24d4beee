import { FIELD_MANAGER, type FoundHpa } from '../domain/hpa.ts';
import { isJson, listAt, textAt } from './json.ts';
import type { Kube } from './request.ts';

const MERGE_PATCH = 'application/merge-patch+json';
/** What Kubernetes takes for "nobody owns any field"; an empty list would be ignored. */
const NOBODY = [{}];

/**
 * Gives an HPA new metrics, takes labels off it, and leaves it without us among its managers, so that
 * its next owner meets no conflict. An apply that no longer names a field would delete that field.
 *
 * @throws {SelfScalingError} `KUBE_CONFLICT` when it is not the one that was found.
 */
export async function handBackHpa(
  kube: Pick<Kube, 'ask'>,
  { namespace, name, uid, resourceVersion }: FoundHpa,
  { metrics, labels }: { readonly metrics: readonly unknown[]; readonly labels: readonly string[] },
  signal: AbortSignal,
): Promise<void> {
  const place = `namespaces/${encodeURIComponent(namespace)}/horizontalpodautoscalers`;
  const path = `/apis/autoscaling/v2/${place}/${encodeURIComponent(name)}`;
  const patch = (body: object): Promise<unknown> =>
    kube.ask(
      {
        method: 'PATCH',
        path,
        query: { fieldManager: FIELD_MANAGER },
        contentType: MERGE_PATCH,
        body,
      },
      signal,
    );
  // oxlint-disable-next-line unicorn/no-null -- how a merge patch says "gone"
  const gone = Object.fromEntries(labels.map((label) => [label, null]));
  const stripped = await patch({
    metadata: { uid, resourceVersion, labels: gone },
    spec: { metrics },
  });
  const others = listAt(stripped, 'metadata', 'managedFields').filter(
    (entry) => textAt(entry, 'manager') !== FIELD_MANAGER,
  );
  const managedFields = others.length === 0 ? NOBODY : others.filter(isJson);
  await patch({
    metadata: {
      uid,
      resourceVersion: textAt(stripped, 'metadata', 'resourceVersion'),
      managedFields,
    },
  });
}
