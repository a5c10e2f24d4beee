import { status, type ServerWritableStream } from '@grpc/grpc-js';
import { DRAINING, toCallFailure, type CallFailure } from './keda-status.ts';

type Call<Q, A> = ServerWritableStream<Q, A>;
type Stream = { look(): void; end(failure: CallFailure): void };

/**
 * Fewer than a connection has room for: KEDA asks for metrics on the same one, and what is pushed is asked
 * for as well.
 */
const MOST_OPEN = 800;
const TOO_MANY: CallFailure = {
  code: status.RESOURCE_EXHAUSTED,
  details: `no more than ${MOST_OPEN} streams are kept; what they tell can be asked for`,
};

/**
 * The streams that are open: each is sent its answer at once, and again whenever it is another. When
 * the process drains they end with UNAVAILABLE, which sends KEDA to another replica.
 */
export function openStreams(
  draining: AbortSignal,
  answered: (method: string, code: string) => void,
) {
  const open = new Set<Stream>();
  const endAll = (): void => open.forEach((stream) => stream.end(DRAINING));
  draining.addEventListener('abort', endAll, { once: true });
  return {
    keep<Q, A>(method: string, call: Call<Q, A>, answer: (request: Q) => A): void {
      let told: string | undefined;
      const tell = (): void => {
        const next = answer(call.request);
        const text = JSON.stringify(next);
        if (text === told) return;
        told = text;
        call.write(next);
      };
      const stream: Stream = {
        look() {
          try {
            tell();
          } catch (error) {
            stream.end(toCallFailure(error));
          }
        },
        end(failure) {
          if (!open.delete(stream)) return;
          answered(method, status[failure.code]);
          call.emit('error', failure);
        },
      };
      call.once('cancelled', () => {
        if (open.delete(stream)) answered(method, 'CANCELLED');
      });
      open.add(stream);
      if (draining.aborted) return stream.end(DRAINING);
      if (open.size > MOST_OPEN) return stream.end(TOO_MANY);
      stream.look();
    },
    look: (): void => open.forEach((stream) => stream.look()),
    endAll,
  };
}
