import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { METERS, type Meter } from './meter-list.ts';

type NameOf<Kind extends Meter['kind']> = {
  [Name in keyof typeof METERS]: (typeof METERS)[Name]['kind'] extends Kind ? Name : never;
}[keyof typeof METERS];
type Labels = Readonly<Record<string, string | number>>;

/** What a process tells Prometheus. One per process, made by the hall. */
export interface Meters {
  count(name: NameOf<'counter'>, labels?: Labels, by?: number): void;
  set(name: NameOf<'gauge'>, value: number, labels?: Labels): void;
  observe(name: NameOf<'histogram'>, value: number, labels?: Labels): void;
  /** Called before each scrape: for ages, which change by themselves. */
  onScrape(measure: () => void): void;
  /** The exposition, and its content type. */
  expose(): Promise<{ readonly text: string; readonly contentType: string }>;
}

export const PREFIX = 'self_scaling_';
/** Of the garbage collector, in seconds. */
const PAUSES = [0.01, 0.1];

export function createMeters(): Meters {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, gcDurationBuckets: PAUSES });
  for (const what of ['total', 'used', 'available']) {
    registry.removeSingleMetric(`nodejs_heap_space_size_${what}_bytes`);
  }
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();
  const all: Readonly<Record<string, Meter>> = METERS;
  for (const [name, { kind, help, labels = [], buckets = [] }] of Object.entries(all)) {
    const common = { name: PREFIX + name, help, labelNames: [...labels], registers: [registry] };
    if (kind === 'counter') counters.set(name, new Counter(common));
    if (kind === 'gauge') gauges.set(name, unset(new Gauge(common), labels));
    if (kind === 'histogram') {
      histograms.set(name, new Histogram({ ...common, buckets: [...buckets] }));
    }
  }
  const measures: (() => void)[] = [];
  return {
    count: (name, labels = {}, by = 1) => counters.get(name)?.inc(labels, by),
    set: (name, value, labels = {}) => gauges.get(name)?.set(labels, value),
    observe: (name, value, labels = {}) => histograms.get(name)?.observe(labels, value),
    onScrape: (measure) => measures.push(measure),
    async expose() {
      for (const measure of measures) measure();
      return { text: await registry.metrics(), contentType: registry.contentType };
    },
  };
}

/** What nobody has measured is not zero. */
function unset(gauge: Gauge, labels: readonly string[]): Gauge {
  if (labels.length === 0) gauge.remove();
  return gauge;
}
