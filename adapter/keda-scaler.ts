import {
  logVerbosity,
  Server,
  setLogVerbosity,
  status,
  type handleServerStreamingCall,
  type handleUnaryCall,
} from '@grpc/grpc-js';
import { loadSync, type AnyDefinition, type ServiceDefinition } from '@grpc/proto-loader';
import { refusal } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import { seconds, type EpochMs } from '../domain/units.ts';
import { kedaAnswers, type ForecastProvider, type TriggerRef } from './keda-answers.ts';
import { renewableCredentials, type KedaIdentity } from './keda-credentials.ts';
import { toCallFailure } from './keda-status.ts';
import { openStreams } from './keda-streams.ts';
import type { ExternalScalerHandlers } from './keda-types/externalscaler/ExternalScaler.ts';

export type KedaPorts = {
  readonly provider: ForecastProvider;
  readonly identity: KedaIdentity;
  /** Aborts when the end is near: streams end, so that KEDA goes to another replica. */
  readonly draining: AbortSignal;
  readonly now: () => EpochMs;
  readonly log: Log;
  /** Told of each call when it ends. */
  readonly answered: (method: string, code: string) => void;
};

export type KedaScaler = AsyncDisposable & {
  readonly port: number;
  /** Tells the open streams what has changed. */
  look(): void;
  /** Serves new connections with this certificate, to clients of these authorities. */
  renew(identity: KedaIdentity): void;
};

const PROTO = new URL('externalscaler.proto', import.meta.url);
const SERVICE = 'externalscaler.ExternalScaler';
const LONGEST_MESSAGE = 65_536;
const MOST_STREAMS = 1000;
const GRACE = seconds(5);

/**
 * KEDA's external scaler over gRPC with mutual TLS. Calls are answered from memory, within themselves.
 *
 * @throws {SelfScalingError} `CONFIG_INVALID` when the port cannot be listened on, or the certificates are none.
 */
export async function openKedaScaler(
  ports: KedaPorts,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<KedaScaler> {
  // Whatever fails comes back as an error; its own lines on stderr would be no JSON.
  setLogVerbosity(logVerbosity.NONE);
  const { provider, draining, now, answered } = ports;
  const answers = kedaAnswers(provider, now);
  const streams = openStreams(draining, answered);
  const server = new Server({
    'grpc.max_receive_message_length': LONGEST_MESSAGE,
    'grpc.max_concurrent_streams': MOST_STREAMS,
  });
  const specs = (ref: TriggerRef) => {
    const { name, target } = answers.metricSpec(ref);
    return {
      metricSpecs: [{ metricName: name, targetSize: target.whole, targetSizeFloat: target.exact }],
    };
  };
  const active = (ref: TriggerRef) => ({ result: answers.isActive(ref) });
  const unary = answering(ports);
  const handlers: ExternalScalerHandlers = {
    IsActive: unary('IsActive', active),
    GetMetricSpec: unary('GetMetricSpec', specs),
    GetMetrics: unary('GetMetrics', ({ scaledObjectRef, metricName }) => {
      if (scaledObjectRef === null) throw refusal('REQUEST_INVALID', 'no scaledObjectRef');
      const { name, value } = answers.metric(scaledObjectRef, metricName);
      return {
        metricValues: [
          { metricName: name, metricValue: value.whole, metricValueFloat: value.exact },
        ],
      };
    }),
    StreamIsActive: streaming((call) => streams.keep('StreamIsActive', call, active)),
    // Its target stands in the request, so it never changes.
    StreamMetricSpec: streaming((call) => streams.keep('StreamMetricSpec', call, specs)),
  };
  server.addService(serviceDefinition(), handlers);
  const { credentials, renew } = renewableCredentials(ports.identity);
  const bound = await listening(
    server,
    `${host.includes(':') ? `[${host}]` : host}:${port}`,
    credentials,
  );
  return {
    port: bound,
    look: () => streams.look(),
    renew,
    async [Symbol.asyncDispose]() {
      streams.endAll();
      const { promise, resolve } = Promise.withResolvers<void>();
      server.tryShutdown(() => resolve());
      const late = AbortSignal.timeout(GRACE);
      late.addEventListener('abort', () => server.forceShutdown(), { once: true });
      await promise;
    },
  };
}

/** One call, one answer or one status. */
const answering =
  ({ log, answered }: KedaPorts) =>
  <Q, A>(method: string, answer: (request: Q) => A): handleUnaryCall<Q, A> =>
  ({ request }, callback) => {
    try {
      const value = answer(request);
      answered(method, 'OK');
      callback(null, value); // eslint-disable-line unicorn/no-null
    } catch (error) {
      const failure = toCallFailure(error);
      if (failure.code === status.INTERNAL) log.error({ err: error, method }, 'KEDA met a bug');
      answered(method, status[failure.code]);
      callback(failure);
    }
  };

const streaming = <Q, A>(
  handle: (call: Parameters<handleServerStreamingCall<Q, A>>[0]) => void,
): handleServerStreamingCall<Q, A> => handle;

function serviceDefinition(): ServiceDefinition {
  const found = loadSync(PROTO.pathname, { longs: Number, defaults: true })[SERVICE];
  if (found !== undefined && isService(found)) return found;
  throw new Error(`${SERVICE} is missing in ${PROTO.pathname}`);
}

const isService = (found: AnyDefinition): found is ServiceDefinition => !('format' in found);

async function listening(
  server: Server,
  address: string,
  credentials: Parameters<Server['bindAsync']>[1],
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync(address, credentials, (cause, bound) => {
    if (cause === null) return resolve(bound);
    const message = `adapter.kedaPort: cannot listen on ${address}; set another`;
    return reject(refusal('CONFIG_INVALID', message, { cause }));
  });
  return promise;
}
