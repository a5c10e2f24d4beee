import { kubeUnavailable } from '../domain/errors.ts';
import { textAt } from './json.ts';
import type { Kube } from './request.ts';

/** 1.36 is `{ major: 1, minor: 36 }`; some distributions write the minor as `36+`. */
export async function serverVersion(
  kube: Pick<Kube, 'ask'>,
  signal: AbortSignal,
): Promise<{ major: number; minor: number }> {
  const answer = await kube.ask({ path: '/version' }, signal);
  const major = Number.parseInt(textAt(answer, 'major') ?? '', 10);
  const minor = Number.parseInt(textAt(answer, 'minor') ?? '', 10);
  if (Number.isNaN(major) || Number.isNaN(minor)) {
    throw kubeUnavailable('the version of the Kubernetes API cannot be read');
  }
  return { major, minor };
}
