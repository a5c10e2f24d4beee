import type { ControlPlane } from '../control-plane/control-plane.ts';
import { ask, type Answer } from './ask.ts';
import { openCluster, paths } from './objects.ts';

type Caller = {
  readonly controlPlane: ControlPlane;
  /** Of the controller's REST, on loopback. */
  readonly port: number;
  readonly token: string | undefined;
};

/** REST as a user who trusts the authority that the APIService names, as NOTES.txt says. */
export async function restAs(
  { controlPlane, port, token }: Caller,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  type ApiService = { readonly spec: { readonly caBundle: string } };
  const { spec } = await controlPlane.admin.get<ApiService>(
    `${paths.apiServices}/v1beta1.external.metrics.k8s.io`,
  );
  return await ask(`https://localhost:${port}${path}`, {
    method,
    body,
    ca: Buffer.from(spec.caBundle, 'base64').toString(),
    as: token === undefined ? {} : { token },
  });
}

/** The status of the forecast of cart, asked through the API server. */
export async function metricAs({ apiServerUrl, ca }: ControlPlane, token: string): Promise<number> {
  const path =
    '/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/predicted-cpu?labelSelector=component%3Dcart';
  return (await openCluster(apiServerUrl, ca, { token }).raw('GET', path)).status;
}

export const manageCart = (managed: boolean) => ({
  components: [{ name: 'cart', namespace: 'shop', managed }],
});
