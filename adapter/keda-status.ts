import { status } from '@grpc/grpc-js';
import { isRefusal, type ErrorCode } from '../domain/errors.ts';

/** How a call ends that has no answer. */
export type CallFailure = { readonly code: status; readonly details: string };

const CODES: Partial<Record<ErrorCode, status>> = {
  REQUEST_INVALID: status.INVALID_ARGUMENT,
  SELECTOR_AMBIGUOUS: status.INVALID_ARGUMENT,
  METRIC_NOT_FOUND: status.INVALID_ARGUMENT,
  FORECAST_MISSING: status.NOT_FOUND,
  FORECAST_STALE: status.UNAVAILABLE,
  MODEL_FAILING: status.UNAVAILABLE,
  STORE_UNAVAILABLE: status.UNAVAILABLE,
};

/** The gRPC status of an error; a bug tells nothing of itself. */
export function toCallFailure(error: unknown): CallFailure {
  const code = isRefusal(error) ? CODES[error.code] : undefined;
  return code === undefined || !isRefusal(error)
    ? { code: status.INTERNAL, details: 'internal error' }
    : { code, details: error.message };
}

export const DRAINING: CallFailure = {
  code: status.UNAVAILABLE,
  details: 'this replica is shutting down',
};
