import { toRfc3339, type EpochMs } from '../domain/units.ts';
import type { ReplicaChange } from '../forecast/replay/simulated-cluster.ts';
import { metricPath } from './demo-check.ts';
import type { DemoRun } from './demo-proof.ts';
import { demoScreen } from './demo-screen.ts';

/** Progress and words go to stderr: stdout is for data. */
export const screen = demoScreen(process.stderr);

/** One line for each move of a simulated HPA, and how many there were. */
export function tellMoves() {
  const moves = { foreseen: 0, reactive: 0 };
  return {
    moves,
    tell: ({ key, from, to, because }: ReplicaChange, at: EpochMs): void => {
      moves[because.startsWith('predicted-') ? 'foreseen' : 'reactive'] += 1;
      const what = `${key.namespace}/${key.component}  ${from} -> ${to} replicas`;
      screen.say(`${toRfc3339(at)}  ${what}: ${because}`);
    },
  };
}

export type Moves = ReturnType<typeof tellMoves>['moves'];

/** Simulated time, how fast it passes, and what was done. */
export const statusLine = (
  now: EpochMs,
  speed: number,
  components: readonly { readonly managed: boolean }[],
  { foreseen, reactive }: Moves,
): string =>
  `${toRfc3339(now)}  x${speed}  ${components.length} components, ` +
  `${components.filter(({ managed }) => managed).length} managed  ` +
  `moves of replicas: ${foreseen} by forecast, ${reactive} by usage`;

/** Where to look, each with a command to copy. */
export function banner(
  run: DemoRun & { readonly folder: string; readonly ops: number; readonly speed: number },
): string {
  const { parts, port, url, folder, ops, speed } = run;
  const ca = `${parts.config.adapter.certificateDirectory}/ca.crt`;
  const metrics = `https://localhost:${port}`;
  const key = run.scene.traces[1]?.key ?? run.scene.traces[0]?.key;
  const path = metricPath(key?.namespace ?? 'shop', key?.component ?? 'cart');
  return [
    '',
    `self-scaling ${parts.version} plays a simulated cluster; data in ${folder}`,
    '',
    `  REST          ${url}/v1/components`,
    `                curl ${url}/v1/components`,
    `  OpenAPI       ${url}/v1/api-export`,
    `                curl ${url}/v1/api-export`,
    `  metrics API   ${metrics}/apis/external.metrics.k8s.io/v1beta1`,
    `                curl --cacert ${ca} '${metrics}${path}'`,
    `  probes        http://127.0.0.1:${ops}/readyz`,
    `                curl http://127.0.0.1:${ops}/metrics`,
    '',
    `A simulated day takes ${lengthOfDay(speed)}. Ctrl-C ends it; the next start plays on.`,
    '',
  ].join('\n');
}

const SECONDS_A_DAY = 86_400;
const SECONDS_A_MINUTE = 60;

function lengthOfDay(speed: number): string {
  const length = SECONDS_A_DAY / speed;
  return length < 2 * SECONDS_A_MINUTE
    ? `${Math.round(length)} seconds`
    : `${Math.round(length / SECONDS_A_MINUTE)} minutes`;
}
