import { Agent } from 'node:https';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { HPA_CONTROLLER, milliOf, pathOf } from './adapters.ts';

type Failure = { readonly atMs: number; readonly what: string };

const CONNECTIONS = 32;
const REDIAL_EVERY = 500;

/**
 * The HPA controller asking through the API server, so many times a second whatever comes back, each
 * component in turn. An answer with another value than the store's is a failure too.
 */
export async function steadyLoad(
  controlPlane: ControlPlane,
  { perSecond, components }: { readonly perSecond: number; readonly components: number },
) {
  const { cert, key } = await controlPlane.identityFor(HPA_CONTROLLER, ['system:serviceaccounts']);
  const { ca, apiServerUrl } = controlPlane;
  const dial = (): Agent => new Agent({ keepAlive: true, maxSockets: CONNECTIONS, ca, cert, key });
  let agent = dial();
  let sent = 0;
  const failures: Failure[] = [];
  const under = new Set<Promise<void>>();
  const begun = performance.now();

  const one = async (index: number): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const asking = request(`${apiServerUrl}${pathOf(index)}`, { agent }, (response) => {
      const status = String(response.statusCode);
      text(response).then((body) => resolve(`${status} ${body}`), reject);
    });
    asking.on('error', reject);
    asking.end();
    const said = await promise.catch(String);
    if (said.startsWith('200 ') && said.includes(`"value":"${quantity(milliOf(index))}"`)) return;
    failures.push({ atMs: performance.now() - begun, what: said.slice(0, 300) });
  };
  const tick = (): void => {
    const due = ((performance.now() - begun) / 1000) * perSecond;
    while (sent < due) {
      sent += 1;
      // An API server is restarted now and then, and so are its clients.
      if (sent % REDIAL_EVERY === 0) agent = dial();
      const asked = one(sent % components).finally(() => under.delete(asked));
      under.add(asked);
    }
  };
  const timer = setInterval(tick, 5);
  return {
    sent: () => sent,
    sinceMs: () => performance.now() - begun,
    failures,
    async stop(): Promise<void> {
      clearInterval(timer);
      await Promise.all(under);
      agent.destroy();
    },
  };
}

const quantity = (milli: number): string =>
  milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`;
