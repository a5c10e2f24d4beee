import { refusal } from '../domain/errors.ts';
import {
  days,
  epochMs,
  parseRfc3339,
  type DurationMs,
  type EpochMs,
  type Window,
} from '../domain/units.ts';

const LONGEST = days(92);

/**
 * The window that a query asks for; without words of its own the last `usual` up to now.
 *
 * @throws {SelfScalingError} `REQUEST_INVALID` for an instant that is none and a window that is empty;
 *   `LIMIT_EXCEEDED` above 92 days.
 */
export function windowOf(
  query: { readonly from?: string; readonly to?: string },
  usual: DurationMs,
  now: EpochMs,
): Window {
  const to = query.to === undefined ? now : instant('to', query.to);
  const from = query.from === undefined ? epochMs(to - usual) : instant('from', query.from);
  if (from >= to) throw invalid('from', 'must lie before to');
  if (to - from > LONGEST) {
    throw refusal('LIMIT_EXCEEDED', 'the window is longer than 92 days', {
      details: { limitDays: LONGEST / days(1) },
    });
  }
  return { from, to };
}

function instant(name: string, text: string): EpochMs {
  const at = parseRfc3339(text);
  if (at === undefined) throw invalid(name, 'must be RFC 3339, such as 2026-11-24T10:15:00Z');
  return at;
}

const invalid = (name: string, message: string) =>
  refusal('REQUEST_INVALID', `${name} ${message}`, {
    details: { errors: [{ path: `/${name}`, message }] },
  });
