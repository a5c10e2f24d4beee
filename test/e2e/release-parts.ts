import { join } from 'node:path';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import type { Influxd } from '../influxd.ts';
import { expectSoon } from './expect-soon.ts';
import { pathOf, type Rendered } from './helm.ts';
import { paths, type Cluster } from './objects.ts';
import type { OurProcess } from './our-process.ts';
import type { playedPods } from './played-pods.ts';
import type { Settings } from './shop.ts';

type Scene = {
  /** Closes what is started here. */
  readonly house: AsyncDisposableStack;
  readonly controlPlane: ControlPlane;
  readonly influxd: Influxd;
  readonly pods: ReturnType<typeof playedPods>;
  readonly namespace: string;
  readonly folder: string;
  readonly adapterPort: number;
};

/** The parts of an installed release as processes, each with the account and the Secrets that the chart gives it. */
export function releaseParts({
  house,
  controlPlane,
  influxd,
  pods,
  namespace,
  folder,
  adapterPort,
}: Scene) {
  let runs = 0;
  const mounted = (secret: string, members: Readonly<Record<string, string>>): string =>
    house.use(pods.mount(secret, members)).folder;
  /** What a role needs to reach the store, once bootstrap has filled the Secret. */
  const storeOf = (role: string) => {
    const member = `${role}-token`;
    const tokenFile = join(mounted('self-scaling-store', { [member]: member }), member);
    return { url: influxd.url, tokenFile };
  };
  const start = async (
    role: string,
    account: string | undefined,
    places: Settings,
    name = role,
  ): Promise<OurProcess> => {
    const store = { ...storeOf(role), spillDirectory: join(folder, `spill-${name}`) };
    const ops = { host: '127.0.0.1', port: 0 };
    return house.use(await pods.start({ role, name }, account, { ...places, store, ops }));
  };
  return {
    trainer: () => start('trainer', undefined, {}),
    controller: (name: string, port: number) =>
      start(
        'controller',
        'self-scaling-controller',
        { controller: { port, host: '127.0.0.1' } },
        name,
      ),
    /** Behind the Service of the release. */
    async adapter(): Promise<OurProcess> {
      type Service = { readonly spec: { readonly clusterIP: string } };
      const path = `${paths.services(namespace)}/self-scaling-adapter`;
      const { spec } = await controlPlane.admin.get<Service>(path);
      const certificateDirectory = mounted('self-scaling-tls', {
        'tls.crt': 'adapter.crt',
        'tls.key': 'adapter.key',
        'ca.crt': 'ca.crt',
      });
      const place = { host: spec.clusterIP, port: adapterPort, certificateDirectory };
      return await start('adapter', 'self-scaling-adapter', { adapter: place });
    },
    /** A command to its end, as an account; rejects unless it exits 0. */
    async run(
      role: string,
      args: readonly string[],
      account: string,
      tokenOf?: string,
    ): Promise<string> {
      const store = tokenOf === undefined ? { url: influxd.url } : storeOf(tokenOf);
      runs += 1;
      const name = `${role}-${runs}`;
      await using job = await pods.start({ role, name, args }, account, { store });
      await job.ended(30_000);
      const text = (await job.lines()).map((line) => line.text).join('\n');
      const code = await job.stop();
      if (code !== 0) throw new Error(`${role} ended with ${code}: ${text}`);
      return text;
    },
  };
}

/** Where a controller of ours says that it serves REST. */
export async function restPortOf(ours: OurProcess): Promise<number> {
  const { rest: url } = await ours.says(
    'where',
    ({ msg }) => msg === 'the management API is served',
  );
  return Number(new URL(String(url)).port);
}

/** What is still there of the objects of a release, pods included, when no more goes. */
export const leftOf = (
  rendered: readonly Rendered[],
  admin: Cluster,
  namespace: string,
): Promise<readonly string[]> =>
  expectSoon(
    'all but one of the objects are gone',
    async () => {
      const found = await Promise.all(
        rendered.map(async (object) => (await admin.find(pathOf(object))) && object),
      );
      const alive = await admin.list(paths.pods(namespace));
      return [
        ...found.flatMap((one) => (one ? [`${one.kind} ${one.metadata.name}`] : [])),
        ...alive.map(() => 'Pod'),
      ];
    },
    (names) => names.length <= 1,
    { withinMs: 30_000 },
  );
