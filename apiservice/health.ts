import { goQuoted } from '../domain/go-quoted.ts';
import type { Log } from '../domain/log.ts';
import { plainText, text, type Answer } from './answer.ts';

/** One question about our health; the answer is the reason why not. */
export type Check = { readonly name: string; readonly failing: () => string | undefined };

export const HEALTH_ENDPOINTS = ['healthz', 'livez', 'readyz'] as const;
export type HealthEndpoint = (typeof HEALTH_ENDPOINTS)[number];

export const ping: Check = { name: 'ping', failing: () => undefined };

/**
 * `/healthz`, `/livez`, `/readyz`: `ok`, or every check by name when asked for or when one fails. Why it
 * fails is told to the log only: anybody may ask.
 * @see kubernetes/apiserver:pkg/server/healthz/healthz.go
 */
export function healthAnswer(
  endpoint: HealthEndpoint,
  checks: readonly Check[],
  { verbose, excluded }: { readonly verbose: boolean; readonly excluded: readonly string[] },
  log: Log,
): Answer {
  const failures = new Map<string, string>();
  const lines = checks.map(({ name, failing }) => {
    if (excluded.includes(name)) return `[+]${name} excluded: ok\n`;
    const reason = failing();
    if (reason === undefined) return `[+]${name} ok\n`;
    failures.set(name, reason);
    return `[-]${name} failed: reason withheld\n`;
  });
  const report = lines.join('') + unknownAmong(excluded, checks);
  if (failures.size > 0) {
    log.info({ endpoint, failures: Object.fromEntries(failures) }, 'a health check failed');
    return plainText(500, `${report}${endpoint} check failed\n`);
  }
  return plainText(200, verbose ? `${report}${endpoint} check passed\n` : 'ok');
}

/** `/readyz/<name>` */
export function checkAnswer(checks: readonly Check[], name: string): Answer {
  const check = checks.find((each) => each.name === name);
  if (check === undefined) return pathNotFound();
  const reason = check.failing();
  return reason === undefined
    ? text(200, 'ok')
    : plainText(500, `internal server error: ${reason}\n`);
}

export const pathNotFound = (): Answer => plainText(404, '404 page not found\n');

function unknownAmong(excluded: readonly string[], checks: readonly Check[]): string {
  const names = checks.map(({ name }) => name);
  const unknown = [...new Set(excluded)].filter((name) => !names.includes(name)).toSorted();
  if (unknown.length === 0) return '';
  const quoted = unknown.map(goQuoted).join(',');
  return `warn: some health checks cannot be excluded: no matches for ${quoted}\n`;
}
