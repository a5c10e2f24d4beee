import type { IncomingHttpHeaders } from 'node:http';
import { refusal } from '../domain/errors.ts';

const OUR_NAMES = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i;

/**
 * An open listener on loopback is reachable from every page in the user's browser. A foreign name in
 * `Host` is DNS rebinding; a call that acts and comes from another site's page was not the user's wish.
 *
 * @throws {SelfScalingError} `FORBIDDEN`
 */
export function refuseForeignPages(headers: IncomingHttpHeaders, acts: boolean): void {
  const { host = '', origin, 'sec-fetch-site': site = 'none' } = headers;
  if (!OUR_NAMES.test(host)) {
    throw refusal(
      'FORBIDDEN',
      'this listener answers on localhost only; the Host header says otherwise',
    );
  }
  if (!acts) return;
  const isForeign =
    origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`;
  if (isForeign || (site !== 'none' && site !== 'same-origin')) {
    throw refusal('FORBIDDEN', 'a page of another site may not act here');
  }
}
