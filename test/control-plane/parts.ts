import { join } from 'node:path';
import { ask } from '../e2e/ask.ts';
import * as flags from './flags.ts';
import type { ProgramName } from './programs.ts';

/** One program of the control plane: its command line, and the question that it answers when it is ready. */
export type Part = {
  readonly args: readonly string[];
  readonly isReady: () => Promise<boolean>;
  readonly patienceMs?: number;
};

/** It waits for its clients to go, up to a minute; ours stay. */
const API_SERVER_PATIENCE_MS = 3000;

type MoreFlags = {
  readonly apiServerFlags?: readonly string[];
  readonly controllerManagerFlags?: readonly string[];
};

/** `kwok.yaml` in the site's folder is kwok's configuration. */
export function partsOf(site: flags.Site, more: MoreFlags): ReadonlyMap<ProgramName, Part> {
  const { ports } = site;
  const on = (port: number, path: string) => (): Promise<boolean> =>
    answers200(`https://127.0.0.1:${port}${path}`);
  return new Map<ProgramName, Part>([
    [
      'etcd',
      {
        args: flags.etcdFlags(site),
        isReady: () => answers200(`http://127.0.0.1:${ports.etcd}/readyz`),
      },
    ],
    [
      'kube-apiserver',
      {
        args: [...flags.apiServerFlags(site), ...(more.apiServerFlags ?? [])],
        isReady: on(ports.api, '/readyz'),
        patienceMs: API_SERVER_PATIENCE_MS,
      },
    ],
    ['kube-controller-manager', controllerManager(site, more.controllerManagerFlags ?? [])],
    [
      'kwok',
      {
        args: flags.kwokFlags(site, join(site.folder, 'kwok.yaml')),
        isReady: on(ports.kubelet, '/healthz'),
      },
    ],
    [
      'metrics-server',
      { args: flags.metricsServerFlags(site), isReady: on(ports.metrics, '/livez') },
    ],
  ]);
}

/** It ends by itself when it is started before the API server is ready. */
export function controllerManager(site: flags.Site, added: readonly string[]): Part {
  return {
    args: [...flags.controllerManagerFlags(site), ...added],
    isReady: () => answers200(`https://127.0.0.1:${site.ports.controllers}/healthz`),
  };
}

/** The status and not the word: a page that says what is not ready contains "ok" too. */
async function answers200(url: string): Promise<boolean> {
  return (await ask(url, { timeoutMs: 2000 })).status === 200;
}
