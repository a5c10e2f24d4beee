import { RESOURCES, type ComponentKey, type Resource } from '../domain/component.ts';
import { forecastMissing, refusal } from '../domain/errors.ts';
import type { ComponentFacts } from '../domain/facts.ts';
import type { MetricValue } from '../domain/metric.ts';
import { remembered } from '../domain/remembered.ts';
import { matchesLabels } from '../domain/selector.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { epochMs, minutes, type EpochMs } from '../domain/units.ts';
import { parseMetricName, type MetricName } from './metric-name.ts';
import { predictedIn, toMetricValue, type Predicted } from './metric-value.ts';
import { parseWanted, type Wanted } from './select.ts';

/** Whoever builds snapshots; `undefined` until the first could be built. */
export interface SnapshotSource {
  current(): Snapshot | undefined;
}

/** Serves a component of which only the forecast is known. */
const USUAL_LEVEL = 0.9;
const USUAL_LEAD = minutes(5);
/** The HPAs of a cluster ask the same questions for ever: each selector is read once. */
const SELECTORS_KEPT = 65_536;
const LONGEST_KEPT = 512;
/** Per selector: the same component in other namespaces, and its other metrics. */
const ANSWERS_KEPT = 8;

const RESOURCE_OF = {
  'predicted-cpu': 'cpu',
  'predicted-memory': 'memory',
  'predicted-replicas': undefined,
} as const satisfies Record<MetricName, Resource | undefined>;

/**
 * What the external metrics are: `predicted-cpu` (cores), `predicted-memory` (bytes) and
 * `predicted-replicas`, of one component of a namespace.
 *
 * `answer` reads memory only, gives exactly one item, and otherwise refuses: `METRIC_NOT_FOUND`,
 * `REQUEST_INVALID`, `SELECTOR_AMBIGUOUS`, `FORECAST_MISSING`, `FORECAST_STALE`, `MODEL_FAILING`,
 * `STORE_UNAVAILABLE`. A refusal's message is constant per component. While a reading does not change,
 * the very same array is given.
 */
export function externalMetrics(snapshots: SnapshotSource) {
  const preparedBy = remembered(SELECTORS_KEPT, LONGEST_KEPT, prepared);
  return {
    answer(
      namespace: string,
      metricName: string,
      labelSelector: string,
      now: EpochMs,
    ): readonly MetricValue[] {
      const name = parseMetricName(metricName);
      const { wanted, told } = preparedBy(labelSelector);
      const snapshot = snapshots.current();
      if (snapshot === undefined) {
        throw refusal('STORE_UNAVAILABLE', 'forecasts cannot be read', {
          details: { component: wanted.component },
        });
      }
      const reading = readingOf(snapshot, { namespace, name, wanted }, now);
      const known = told.find((each) => isSame(each, reading));
      if (known !== undefined) return known.values;
      const values = [valueOf(reading, wanted)];
      if (told.length >= ANSWERS_KEPT) told.shift();
      told.push({ ...reading, values });
      return values;
    },
  };
}

/** What was read for a question: two that are the same make the same answer. */
type Read = {
  readonly namespace: string;
  readonly name: MetricName;
  readonly kind: string | undefined;
  readonly predicted: Predicted;
};
type Told = Read & { readonly values: readonly MetricValue[] };
/** A selector with the last answers to it. */
type Prepared = { readonly wanted: Wanted; readonly told: Told[] };

const prepared = (labelSelector: string): Prepared => ({
  wanted: parseWanted(labelSelector),
  told: [],
});

const isSame = (a: Read, b: Read): boolean =>
  a.namespace === b.namespace &&
  a.name === b.name &&
  a.kind === b.kind &&
  isSamePrediction(a.predicted, b.predicted);

const isSamePrediction = (a: Predicted, b: Predicted): boolean =>
  a.value === b.value &&
  a.issuedAt === b.issuedAt &&
  a.model === b.model &&
  a.level === b.level &&
  a.leadTime === b.leadTime;

type Asked = {
  readonly namespace: string;
  readonly name: MetricName;
  readonly wanted: Wanted;
};

function readingOf(snapshot: Snapshot, { namespace, name, wanted }: Asked, now: EpochMs): Read {
  const { component } = wanted;
  const key: ComponentKey = { namespace, component };
  const facts = snapshot.facts(key);
  refuseUnclearKind(facts, wanted);
  const read = (resource: Resource): Predicted => {
    const level = wanted.level ?? facts?.level ?? USUAL_LEVEL;
    const leadTime = wanted.leadTime ?? facts?.leadTime ?? USUAL_LEAD;
    return predictedIn(snapshot.read({ key, resource, level, leadTime }, now), component);
  };
  const resource = RESOURCE_OF[name];
  const predicted =
    resource === undefined ? replicas(component, facts?.capacity, read) : read(resource);
  return { namespace, name, kind: facts?.kind, predicted };
}

function valueOf({ name, kind, predicted }: Read, { component, conditions }: Wanted): MetricValue {
  const value = toMetricValue(name, component, kind, predicted);
  if (!matchesLabels(conditions, value.metricLabels)) throw forecastMissing(component);
  return value;
}

/** Forecasts are kept by name, so a workload of another kind has none; one of two must be named. */
function refuseUnclearKind(
  facts: ComponentFacts | undefined,
  { component, namesKind, conditions }: Wanted,
): void {
  if (facts === undefined) return;
  if (facts.otherKinds.length > 0 && !namesKind) {
    const kinds = [facts.kind, ...facts.otherKinds].toSorted().join(', ');
    throw refusal('SELECTOR_AMBIGUOUS', 'name the kind', {
      details: { component, cause: `there are: ${kinds}` },
    });
  }
  const onKind = conditions.filter(({ key }) => key === 'kind');
  if (!matchesLabels(onKind, { kind: facts.kind })) throw forecastMissing(component);
}

/**
 * The replicas that the neediest resource asks for. Every resource with a capacity must have a fresh
 * forecast: the other one alone could be too few.
 */
function replicas(
  component: string,
  capacity: ComponentFacts['capacity'] | undefined,
  read: (resource: Resource) => Predicted,
): Predicted {
  const needs = RESOURCES.flatMap((resource) => {
    const perPod = capacity?.[resource];
    if (perPod === undefined) return [];
    if (!(perPod > 0) || !Number.isFinite(perPod)) throw forecastMissing(component);
    const predicted = read(resource);
    return [{ ...predicted, value: podsFor(predicted.value, perPod) }];
  });
  const neediest = needs.toSorted((a, b) => b.value - a.value)[0];
  if (neediest === undefined) throw forecastMissing(component);
  return { ...neediest, issuedAt: epochMs(Math.min(...needs.map(({ issuedAt }) => issuedAt))) };
}

function podsFor(value: number, perPod: number): number {
  const pods = Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, value) / perPod);
  return Math.ceil(pods - pods * 2 * Number.EPSILON); // 1.1 / 0.1 is 11.000000000000002, not 12
}
