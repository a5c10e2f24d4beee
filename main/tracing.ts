import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context, Span } from '@opentelemetry/api';
import type { Config } from '../config/schema.ts';
import { systemClock } from '../domain/clock.ts';
import { isRefusal } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import { seconds } from '../domain/units.ts';

type Attributes = Readonly<Record<string, string | number>>;

/** Spans of this process, whoever asks for them. Nothing here ever throws but what `work` threw. */
export type Tracing = AsyncDisposable & {
  /** A span around `work`; spans begun within it are its children. */
  within<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T>;
  /** A span without children; the answer ends it. */
  begin(name: string, attributes: Attributes): (failure?: unknown) => void;
};

/** Where nobody collects traces. */
export const noTracing: Tracing = {
  within: (_name, _attributes, work) => work(),
  begin: () => () => {},
  async [Symbol.asyncDispose]() {},
};

/** At the end: how long a collector may take for the last spans. */
const PATIENCE = seconds(2);
const EXPORT_LIMIT = seconds(5);

/**
 * OpenTelemetry over OTLP/HTTP to `tracing.otlpEndpoint`; without one its packages are not even loaded. Spans that the
 * collector does not take are dropped.
 */
export async function openTracing(
  { otlpEndpoint, sampleRatio }: Config['tracing'],
  about: { readonly role: string; readonly version: string },
  log: Log,
): Promise<Tracing> {
  if (otlpEndpoint === '') return noTracing;
  const [api, sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const url = `${otlpEndpoint.replace(/\/+$/, '')}/v1/traces`;
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: EXPORT_LIMIT });
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({
      'service.name': `self-scaling-${about.role}`,
      'service.version': about.version,
    }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(sampleRatio) }),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter })],
  });
  const tracer = provider.getTracer('self-scaling', about.version);
  const contexts = new AsyncLocalStorage<Context>();
  const parent = (): Context => contexts.getStore() ?? api.ROOT_CONTEXT;
  const end = (span: Span, failure: unknown): void => {
    if (failure !== undefined) {
      span.setStatus({ code: api.SpanStatusCode.ERROR, message: nameOf(failure) });
    }
    span.end();
  };
  log.info({ url, sampleRatio }, 'traces are sent');
  return {
    async within(name, attributes, work) {
      const span = tracer.startSpan(name, { attributes }, parent());
      try {
        const result = await contexts.run(api.trace.setSpan(parent(), span), work);
        end(span, undefined);
        return result;
      } catch (failure) {
        end(span, failure ?? 'failed');
        throw failure;
      }
    },
    begin(name, attributes) {
      const kind = api.SpanKind.CLIENT;
      const span = tracer.startSpan(name, { attributes, kind }, parent());
      return (failure) => end(span, failure);
    },
    async [Symbol.asyncDispose]() {
      const over = new AbortController();
      const sent = provider.shutdown().catch((err: unknown) => {
        log.debug({ err }, 'the last spans were not taken');
      });
      const late = systemClock.sleep(PATIENCE, over.signal).catch(() => undefined);
      await Promise.race([sent, late]);
      over.abort();
    },
  };
}

/** The code of a refusal: messages may name what a trace should not hold. */
const nameOf = (failure: unknown): string => {
  if (isRefusal(failure)) return failure.code;
  return failure instanceof Error ? failure.name : 'failed';
};
