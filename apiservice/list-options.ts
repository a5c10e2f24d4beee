import { goQuoted } from '../domain/go-quoted.ts';
import { GROUP } from './group.ts';
import { badRequest, status, type Status } from './status.ts';

/** What the query of a metric says: a selector, or why it is refused. */
export type ListOptions =
  | { readonly ok: true; readonly labelSelector: string }
  | { readonly ok: false; readonly status: Status };

const NUMBERS = ['timeoutSeconds', 'limit'];
/** Of whatever length, read once from left to right: callers who are not known yet get here. */
const DURATION = /^[+-]?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;
const SMALLEST = -(2n ** 63n);
const LARGEST = 2n ** 63n - 1n;
const MATCHES = ['Exact', 'NotOlderThan'];

/**
 * Reads `metav1.ListOptions`: the selector counts, its first value if repeated; what does not apply to
 * metrics is checked and ignored, what would narrow or stretch the answer is refused.
 */
export function listOptions(query: URLSearchParams): ListOptions {
  const refused =
    refusedTimeout(query) ?? refusedNumber(query) ?? refusedWish(query) ?? refusedMatch(query);
  if (refused !== undefined) return { ok: false, status: refused };
  return { ok: true, labelSelector: query.get('labelSelector') ?? '' };
}

function refusedTimeout(query: URLSearchParams): Status | undefined {
  const timeout = query.get('timeout') ?? '';
  if (timeout === '' || DURATION.test(timeout)) return undefined;
  return badRequest(
    `invalid timeout specified in the request URL - time: invalid duration ${goQuoted(timeout)}`,
  );
}

function refusedNumber(query: URLSearchParams): Status | undefined {
  for (const name of NUMBERS) {
    const value = query.get(name) ?? '';
    const defect = value === '' ? undefined : int64Defect(value);
    if (defect !== undefined) {
      return badRequest(`strconv.ParseInt: parsing ${goQuoted(value)}: ${defect}`);
    }
  }
  return undefined;
}

function int64Defect(text: string): string | undefined {
  if (!/^[+-]?\d+$/.test(text)) return 'invalid syntax';
  // Only what can be in range is made a number: of a megabyte of digits that takes a third of a second.
  const { sign, digits } = /^(?<sign>[+-]?)0*(?<digits>\d{1,19})$/.exec(text)?.groups ?? {};
  const value = digits === undefined ? undefined : BigInt(`${sign === '-' ? '-' : ''}${digits}`);
  const isInRange = value !== undefined && value >= SMALLEST && value <= LARGEST;
  return isInRange ? undefined : 'value out of range';
}

function refusedWish(query: URLSearchParams): Status | undefined {
  const watch = query.get('watch');
  if (watch !== null && watch !== '0' && watch.toLowerCase() !== 'false') {
    return status({
      code: 405,
      reason: 'MethodNotAllowed',
      message: `watch is not supported on resources of kind "*.${GROUP}"`,
      details: { group: GROUP, kind: '*' },
    });
  }
  const fieldSelector = query.get('fieldSelector') ?? '';
  return fieldSelector === ''
    ? undefined
    : badRequest('fieldSelector is not supported here: use labelSelector');
}

function refusedMatch(query: URLSearchParams): Status | undefined {
  const match = query.get('resourceVersionMatch') ?? '';
  if (match === '') return undefined;
  if ((query.get('resourceVersion') ?? '') === '') {
    return invalidMatch(
      'FieldValueForbidden',
      'Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    );
  }
  if (MATCHES.includes(match)) return undefined;
  return invalidMatch(
    'FieldValueNotSupported',
    `Unsupported value: ${goQuoted(match)}: supported values: "Exact", "NotOlderThan", ""`,
  );
}

function invalidMatch(reason: string, message: string): Status {
  const field = 'resourceVersionMatch';
  return status({
    code: 422,
    reason: 'Invalid',
    message: `ListOptions.meta.k8s.io "" is invalid: ${field}: ${message}`,
    details: { group: 'meta.k8s.io', kind: 'ListOptions', causes: [{ reason, message, field }] },
  });
}
