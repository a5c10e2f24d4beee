import { expect, test } from 'vitest';
import { hasStatus, refusedBy, unreachable } from './refusals.ts';

const asked = { method: 'GET', path: '/api/v1/pods' };
const status = (code: number, message: string, reason = '') => ({
  status: code,
  body: { kind: 'Status', message, reason, code },
});

test.each([
  [401, 'KUBE_UNAVAILABLE', 'our credentials are not the caller’s fault'],
  [404, 'KUBE_UNAVAILABLE', 'a kind that is not installed'],
  [409, 'KUBE_CONFLICT', 'changed meanwhile'],
  [410, 'KUBE_UNAVAILABLE', 'an expired version'],
  [422, 'REQUEST_INVALID', 'an object that is not valid'],
  [429, 'KUBE_UNAVAILABLE', 'too many requests'],
  [500, 'KUBE_UNAVAILABLE', 'a fault of the server'],
  [503, 'KUBE_UNAVAILABLE', 'an aggregated API that is away'],
])('HTTP %i is %s: %s', (code, ours) => {
  const refused = refusedBy(asked, status(code, 'because'));

  expect(refused.code).toBe(ours);
  expect(refused.message).toContain('because');
  expect(hasStatus(refused, code)).toBe(true);
});

test('a missing right is named, with where it is missing', () => {
  const said =
    'deployments.apps is forbidden: User "jane" cannot list resource "deployments" in API group "apps" in the namespace "shop"';

  const refused = refusedBy(asked, status(403, said, 'Forbidden'));

  expect(refused.code).toBe('FORBIDDEN');
  expect(refused.message).toContain(
    'missing right "list apps/deployments" in the namespace "shop"',
  );
  expect(refused.details).toMatchObject({ right: 'list apps/deployments', status: 403 });
});

test('a right of the core group is named without a group', () => {
  const said = 'User "jane" cannot watch resource "pods" in API group "" at the cluster scope';

  expect(refusedBy(asked, status(403, said)).details['right']).toBe('watch pods');
});

test('a refusal that RBAC did not write is told as it is', () => {
  expect(refusedBy(asked, { status: 403, body: 'denied by the proxy' }).message).toBe(
    'Kubernetes forbids it: denied by the proxy',
  );
});

test('a page of a proxy does not fill the log', () => {
  const refused = refusedBy(asked, { status: 502, body: 'x'.repeat(5000) });

  expect(refused.message.length).toBeLessThan(300);
});

test('no answer keeps its cause and says what was asked', () => {
  const cause = new Error('connect ECONNREFUSED');
  const refused = unreachable(asked, 'https://10.0.0.1', cause);

  expect(refused.code).toBe('KUBE_UNAVAILABLE');
  expect(refused.cause).toBe(cause);
  expect(refused.message).toBe(
    'no answer from the Kubernetes API at https://10.0.0.1 to GET /api/v1/pods: connect ECONNREFUSED',
  );
});
