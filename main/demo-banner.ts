import { toRfc3339, type EpochMs } from '../domain/units.ts';
import type { ReplicaChange } from '../forecast/replay/simulated-cluster.ts';
import { metricPath } from './demo-check.ts';
import type { DemoRun } from './demo-proof.ts';

/** Progress and words go to stderr: stdout is for data. */
export const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** One line for each move of a simulated HPA. */
export const changeLine = ({ key, from, to, because }: ReplicaChange, at: EpochMs): void =>
  say(`${toRfc3339(at)}  ${key.namespace}/${key.component}  ${from} -> ${to} replicas: ${because}`);

/** Where to look, each with a command to copy. */
export function banner(run: DemoRun & { readonly folder: string; readonly ops: number }): string {
  const { parts, port, url, folder, ops } = run;
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
    'Ctrl-C ends it; the next start plays on.',
    '',
  ].join('\n');
}
