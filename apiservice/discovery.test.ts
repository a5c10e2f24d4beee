import { expect, test } from 'vitest';
import { parseAccept } from './accept.ts';
import { groupDiscovery } from './discovery.ts';
import { API_GROUP, API_RESOURCE_LIST } from './resources.ts';

const plain = parseAccept('application/json');

/* Golden: what kube-apiserver and kubectl read, letter by letter (metrics-api.md 1.3, 1.4). */

test.each(['v2', 'v2beta1'] as const)('aggregated discovery %s', (version) => {
  const { body } = groupDiscovery()({ ...plain, discovery: version }, undefined, false);
  expect(body).toBe(
    `{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/${version}","metadata":{},"items":[{"metadata":{"name":"external.metrics.k8s.io"},"versions":[{"version":"v1beta1","resources":[{"resource":"externalmetrics","responseKind":{"group":"external.metrics.k8s.io","version":"v1beta1","kind":"ExternalMetricValueList"},"scope":"Namespaced","singularResource":"","verbs":["get"]}],"freshness":"Current"}]}]}\n`,
  );
});

test('the list of groups', () => {
  expect(groupDiscovery()(plain, undefined, false).body).toBe(
    '{"kind":"APIGroupList","apiVersion":"v1","groups":[{"name":"external.metrics.k8s.io","versions":[{"groupVersion":"external.metrics.k8s.io/v1beta1","version":"v1beta1"}],"preferredVersion":{"groupVersion":"external.metrics.k8s.io/v1beta1","version":"v1beta1"}}]}\n',
  );
});

test('the group', () => {
  expect(JSON.stringify(API_GROUP)).toBe(
    '{"kind":"APIGroup","apiVersion":"v1","name":"external.metrics.k8s.io","versions":[{"groupVersion":"external.metrics.k8s.io/v1beta1","version":"v1beta1"}],"preferredVersion":{"groupVersion":"external.metrics.k8s.io/v1beta1","version":"v1beta1"}}',
  );
});

test('its one resource', () => {
  expect(JSON.stringify(API_RESOURCE_LIST)).toBe(
    '{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"external.metrics.k8s.io/v1beta1","resources":[{"name":"externalmetrics","singularName":"","namespaced":true,"kind":"ExternalMetricValueList","verbs":["get"]}]}',
  );
});

test('discovery is small enough to be closed unread', () => {
  const bodies = [
    JSON.stringify(API_RESOURCE_LIST),
    groupDiscovery()(plain, undefined, false).body,
  ];
  expect(bodies.every((body) => body.length < 1024)).toBe(true);
});
