import { GROUP, GROUP_VERSION, LIST_KIND, RESOURCE, VERSION } from './group.ts';

/** The group as other documents hold it. */
export const GROUP_DESCRIPTION = {
  name: GROUP,
  versions: [{ groupVersion: GROUP_VERSION, version: VERSION }],
  preferredVersion: { groupVersion: GROUP_VERSION, version: VERSION },
} as const;

/** `/apis/external.metrics.k8s.io` */
export const API_GROUP = { kind: 'APIGroup', apiVersion: 'v1', ...GROUP_DESCRIPTION } as const;

/** One constant resource. The verb that is published is `get`; the one that is authorised is `list`. */
export const API_RESOURCE_LIST = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: GROUP_VERSION,
  resources: [
    { name: RESOURCE, singularName: '', namespaced: true, kind: LIST_KIND, verbs: ['get'] },
  ],
} as const;
