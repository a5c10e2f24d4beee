import { idOf, RESOURCES, type ComponentKey } from '../domain/component.ts';
import { refusal } from '../domain/errors.ts';
import { horizonOf } from '../domain/packed-forecast.ts';
import { parseQuantity } from '../domain/quantity.ts';
import { days, epochMs } from '../domain/units.ts';
import type { Certificates } from './certificates.ts';
import { askMetric, checkRest, metricPath } from './demo-check.ts';
import type { Play } from './demo-shop.ts';
import type { Parts } from './parts.ts';
import type { Snapshots } from './serve-metrics.ts';

export type DemoRun = {
  readonly parts: Parts;
  readonly snapshots: Snapshots;
  readonly certificates: Certificates;
  /** Of the metrics API. */
  readonly port: number;
  /** Of REST. */
  readonly url: string;
  readonly scene: Play;
};

const OK = 200;
const NOT_FOUND = 404;

/**
 * Proves that the main job is done: a forecast over TLS, every documented call, a refusal where nothing is known.
 *
 * @throws {SelfScalingError} with the reason, at the first thing that is not as promised.
 */
export async function proveDemo(run: DemoRun): Promise<object> {
  const { parts, snapshots, port, url, scene, certificates } = run;
  const signal = AbortSignal.any([parts.life.stopped, AbortSignal.timeout(60_000)]);
  const keys = scene.traces.map(({ key }) => key);
  const ready = keys.filter((key) => snapshots.current()?.issue(key, 'cpu') !== undefined);
  const notYet = keys.filter((key) => !ready.includes(key));
  const chosen = ready[1] ?? ready[0];
  if (chosen === undefined) throw refusal('FORECAST_MISSING', 'no component has a forecast');
  const ask = (key: ComponentKey) =>
    askMetric(
      port,
      certificates.current().caBundle,
      metricPath(key.namespace, key.component),
      signal,
    );

  const metric = await ask(chosen);
  requireValue(run, chosen, metric);
  for (const key of notYet) {
    // oxlint-disable-next-line no-await-in-loop -- a few small questions
    const { status } = await ask(key);
    if (status !== NOT_FOUND) {
      throw refusal(
        'FORECAST_MISSING',
        `${idOf(key)} has no forecast, yet the answer was ${status}`,
      );
    }
  }
  const rest = await checkRest(
    url,
    { name: chosen.component, namespace: chosen.namespace },
    signal,
  );
  return {
    components: keys.length,
    historyBuckets: await bucketsKept(parts, signal),
    forecastSteps: stepsHeld(snapshots, keys),
    metric: metric.body,
    rest,
    notYet: notYet.map(({ component }) => component),
  };
}

/** The value served must be the one that the snapshot holds at this moment. */
function requireValue(
  { parts, snapshots }: DemoRun,
  key: ComponentKey,
  { status, body }: { readonly status: number; readonly body: unknown },
): void {
  const reading = snapshots.current()?.read({ key, resource: 'cpu' }, parts.clock.now());
  const served = quantityIn(body);
  const isRight =
    status === OK &&
    reading?.kind === 'predicted' &&
    served !== undefined &&
    Math.abs(served - reading.value) <= 0.001 + reading.value * 1e-6;
  if (isRight) return;
  throw refusal(
    'FORECAST_MISSING',
    `the metrics API answered ${status} ${JSON.stringify(body)}, the snapshot holds ${JSON.stringify(reading)}`,
  );
}

function quantityIn(body: unknown): number | undefined {
  if (typeof body !== 'object' || body === null || !('items' in body)) return undefined;
  const items: unknown = body.items;
  const item: unknown = Array.isArray(items) && items.length === 1 ? items[0] : undefined;
  if (typeof item !== 'object' || item === null || !('value' in item)) return undefined;
  return typeof item.value === 'string' ? parseQuantity(item.value) : undefined;
}

async function bucketsKept({ clock, store }: Parts, signal: AbortSignal): Promise<number> {
  const now = clock.now();
  const window = { from: epochMs(now - days(90)), to: epochMs(now + days(1)) };
  let count = 0;
  for await (const { starts } of store.readHistory('everybody', 'cpu', window, signal)) {
    count += starts.length;
  }
  return count;
}

/** Steps ahead that can be read, over all components and resources. */
const stepsHeld = (snapshots: Snapshots, keys: readonly ComponentKey[]): number =>
  keys
    .flatMap((key) => RESOURCES.map((resource) => snapshots.current()?.issue(key, resource)))
    .reduce((sum, issue) => sum + (issue === undefined ? 0 : horizonOf(issue)), 0);
