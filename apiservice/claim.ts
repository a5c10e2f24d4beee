import type { DesiredApiService, FoundApiService } from '../domain/api-service.ts';
import { isRefusal, refusal } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';

/**
 * The APIService `v1beta1.external.metrics.k8s.io`, of which there is one in a cluster.
 *
 * `apply` changes the object as it was found, or creates it where none was; `KUBE_CONFLICT` says that it
 * is another by now, and it is then looked at again.
 */
export interface ApiServiceObject {
  get(signal: AbortSignal): Promise<FoundApiService | undefined>;
  apply(
    desired: DesiredApiService,
    found: FoundApiService | undefined,
    signal: AbortSignal,
  ): Promise<void>;
}

type Options = {
  /** Take the name although somebody else holds it, once, at the start. */
  readonly takeOver: boolean;
};

const ATTEMPTS = 3;
const NAME = 'v1beta1.external.metrics.k8s.io';

/**
 * Claims the name of the metrics API and keeps it pointing at us, with the authorities that may speak
 * for us. Written only where it differs.
 *
 * The name has one owner. Held by somebody else, it is left alone; taken from us, it is given up: two who
 * patch one object never end. `round` then throws, once for each new owner. Let go, it is ours again.
 *
 * @throws {SelfScalingError} `API_SERVICE_TAKEN` from `round`, naming the owner.
 */
export function keepClaim(
  object: ApiServiceObject,
  desired: () => DesiredApiService,
  { takeOver }: Options,
  log: Log,
) {
  let owned: boolean | undefined;
  let mayTakeOver = takeOver;
  let reported: string | undefined;

  const claim = async (found: FoundApiService | undefined, signal: AbortSignal): Promise<void> => {
    const wanted = desired();
    if (found === undefined || !isAsWanted(found, wanted)) {
      await object.apply(wanted, found, signal);
      log.info({ name: NAME, ...serviceOf(wanted) }, 'the metrics API is registered');
    }
    owned = true;
    mayTakeOver = false;
    reported = undefined;
  };

  const leave = (owner: string): void => {
    owned = false;
    if (owner === reported) return;
    reported = owner;
    throw refusal(
      'API_SERVICE_TAKEN',
      `${NAME} belongs to ${owner}; remove it there, or allow the take-over`,
      { details: { owner, reason: 'APIServiceTaken' } },
    );
  };

  const attempt = async (signal: AbortSignal): Promise<void> => {
    const found = await object.get(signal);
    if (found === undefined || isOurs(found, desired())) return claim(found, signal);
    if (!mayTakeOver) return leave(ownerOf(found));
    log.warn({ name: NAME, before: found }, 'the metrics API is taken over from its owner');
    return claim(found, signal);
  };

  return {
    /** Looks, and does what is due: for the beat, and whenever the object changes. */
    async round(signal: AbortSignal): Promise<void> {
      for (let left = ATTEMPTS; ; left -= 1) {
        try {
          return await attempt(signal);
        } catch (error) {
          if (left === 1 || !isRefusal(error, 'KUBE_CONFLICT')) throw error;
        }
      }
    },
    /** Whether the name is ours; `undefined` until it has been looked at. */
    owned: (): boolean | undefined => owned,
  };
}

const serviceOf = ({ serviceNamespace, serviceName }: DesiredApiService) => ({
  serviceNamespace,
  serviceName,
});

const isOurs = (found: FoundApiService, wanted: DesiredApiService): boolean =>
  found.serviceNamespace === wanted.serviceNamespace && found.serviceName === wanted.serviceName;

const isAsWanted = (found: FoundApiService, wanted: DesiredApiService): boolean =>
  isOurs(found, wanted) &&
  found.port === wanted.port &&
  found.caBundle?.trim() === wanted.caBundle.trim();

const ownerOf = ({ serviceNamespace, serviceName }: FoundApiService): string =>
  serviceNamespace === undefined || serviceName === undefined
    ? 'the API server itself, which names no service'
    : `${serviceNamespace}/${serviceName}`;
