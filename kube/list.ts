import { isRefusal, kubeUnavailable } from '../domain/errors.ts';
import { listAt, textAt } from './json.ts';
import { GONE, hasStatus } from './refusals.ts';
import type { Kube } from './request.ts';

/** A whole list, and the version of the world it speaks of: a watch goes on from there. */
export type Listed = { readonly objects: readonly unknown[]; readonly version: string };

/** Objects per page: some 2 MB of pods, so that no answer holds up the event loop for long. */
const PAGE = '500';

/**
 * All objects at `path`, page by page. Pages speak of one version; when that expires between two
 * pages, the list is begun again, once.
 */
export async function listObjects(
  kube: Pick<Kube, 'ask'>,
  path: string,
  fieldSelector: string | undefined,
  signal: AbortSignal,
): Promise<Listed> {
  try {
    return await pages(kube, path, fieldSelector, signal);
  } catch (error) {
    if (!isRefusal(error) || !hasStatus(error, GONE)) throw error;
    return await pages(kube, path, fieldSelector, signal);
  }
}

const pages = async (
  kube: Pick<Kube, 'ask'>,
  path: string,
  fieldSelector: string | undefined,
  signal: AbortSignal,
): Promise<Listed> => {
  const objects: unknown[] = [];
  let page: string | undefined;
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- a page names the next one
    const answer = await kube.ask(
      { path, query: { limit: PAGE, continue: page, fieldSelector } },
      signal,
    );
    objects.push(...listAt(answer, 'items'));
    page = textAt(answer, 'metadata', 'continue');
    if (page !== undefined) continue;
    const version = textAt(answer, 'metadata', 'resourceVersion');
    if (version === undefined) throw kubeUnavailable(`the answer to GET ${path} is not a list`);
    return { objects, version };
  }
};
