import { FIELD_MANAGER } from '../domain/hpa.ts';
import type { Json } from './json.ts';
import type { Kube } from './request.ts';

/** The object that was seen before an apply: exactly this one may be changed. */
export type Seen = { readonly uid: string; readonly resourceVersion: string };

export type Apply = {
  /** Of the object itself: `/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/cart` */
  readonly path: string;
  readonly object: { readonly metadata: Json } & Json;
  /** Absent: the object must not exist yet. */
  readonly seen: Seen | undefined;
  /** Takes fields that another manager owns. */
  readonly force: boolean;
};

/**
 * Server-side apply as the manager `self-scaling`; refuses with `KUBE_CONFLICT` when the object is not
 * the one that was seen, or a field of it is another manager's and `force` is off.
 *
 * Creating goes by apply too: after a POST the fields would belong to an Update entry of our own name,
 * with which each later apply conflicts and which keeps fields that an apply no longer names. An
 * apply has no "only if absent", but the resource version is compared with an existing object's and
 * ignored for a new one, and no object has version 1. For an object that was seen the uid says in the
 * same way that it must still exist. (All of it is seen to hold on 1.36.3: apply.contract.test.ts.)
 */
export async function applyObject(
  kube: Pick<Kube, 'ask'>,
  { path, object, seen, force }: Apply,
  signal: AbortSignal,
): Promise<unknown> {
  const condition =
    seen === undefined
      ? { resourceVersion: NEVER_A_VERSION }
      : { uid: seen.uid, resourceVersion: seen.resourceVersion };
  return await kube.ask(
    {
      method: 'PATCH',
      path,
      query: { fieldManager: FIELD_MANAGER, force: String(force) },
      contentType: 'application/apply-patch+yaml',
      body: { ...object, metadata: { ...object.metadata, ...condition } },
    },
    signal,
  );
}

const NEVER_A_VERSION = '1';
