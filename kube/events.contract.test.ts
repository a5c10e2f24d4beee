import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLog } from '../domain/log.ts';
import { epochMs, minutes } from '../domain/units.ts';
import { startControlPlane, type ControlPlane } from '../test/control-plane/control-plane.ts';
import { CONTROL_PLANE, whyMissing } from '../test/control-plane/programs.ts';
import { aDeployment, aNamespace, paths } from '../test/e2e/objects.ts';
import { openKube } from './client.ts';
import { openEvents, type News } from './events.ts';

const missing = whyMissing(CONTROL_PLANE);
const { signal } = new AbortController();
type Written = {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly note: string;
  readonly series?: { readonly count: number };
};

describe.skipIf(missing !== undefined)(`Events on a real API server ${missing ?? ''}`, () => {
  const house = new AsyncDisposableStack();
  let controlPlane: ControlPlane;
  beforeAll(async () => {
    controlPlane = house.use(await startControlPlane());
    await controlPlane.admin.create(paths.namespaces, aNamespace('shop'));
  });
  afterAll(() => house.disposeAsync());

  test('an Event is taken, its series rises, and it is found by the uid of its workload', async () => {
    const { admin, kubeconfig } = controlPlane;
    const kube = house.use(openKube({ kubeconfig }));
    const requests = { cpu: '500m', memory: '256Mi' };
    const { metadata } = await admin.create<Written>(
      paths.deployments('shop'),
      aDeployment({ namespace: 'shop', name: 'cart', replicas: 0, requests }),
    );
    const complaints: unknown[] = [];
    const log = { ...silentLog, warn: (members: object) => complaints.push(members) };
    let now = Date.now();
    const events = openEvents({ kube, log, now: () => epochMs(now), instance: 'here' });
    const { uid } = metadata;
    const news: News = {
      regarding: {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        namespace: 'shop',
        name: 'cart',
        uid,
      },
      reason: 'ExistingHPA',
      action: 'LeaveAlone',
      isWarning: true,
      note: 'leaves shop/cart as it is',
    };
    events.tell(news);
    await events.flush(signal);
    for (const note of ['again', 'and again']) events.tell({ ...news, note });
    now += minutes(11);
    await events.flush(signal);

    expect(complaints).toEqual([]);
    const ofDeployment = `fieldSelector=regarding.name%3Dcart,reportingController%3Dself-scaling.io%2Fcontroller`;
    const found = await admin.list<Written>(
      `/apis/events.k8s.io/v1/namespaces/shop/events?${ofDeployment}`,
    );
    expect(found.map(({ note, series }) => [note, series?.count])).toEqual([
      ['leaves shop/cart as it is', 3],
    ]);
    // As kubectl describe asks.
    const described = `involvedObject.name%3Dcart,involvedObject.kind%3DDeployment,involvedObject.uid%3D${uid}`;
    const old = await admin.list<Written>(
      `/api/v1/namespaces/shop/events?fieldSelector=${described}`,
    );
    expect(old.map(({ metadata: { name } }) => name)).toEqual(
      found.map((one) => one.metadata.name),
    );
  });
});
