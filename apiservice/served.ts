import type { MetricValue } from '../domain/metric.ts';
import type { GROUP_VERSION, LIST_KIND } from './group.ts';
import type { API_GROUP, API_RESOURCE_LIST } from './resources.ts';
import type { Status } from './status.ts';

export type MetricList = {
  readonly kind: typeof LIST_KIND;
  readonly apiVersion: typeof GROUP_VERSION;
  readonly metadata: Readonly<Record<string, never>>;
  readonly items: readonly MetricValue[];
};

/** The objects that are served in every encoding. */
export type Served = MetricList | Status | typeof API_RESOURCE_LIST | typeof API_GROUP;
