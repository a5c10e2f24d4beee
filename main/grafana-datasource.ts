import type { Config } from '../config/schema.ts';

/** A data source as Grafana provisions it from a file; JSON is YAML. */
export function grafanaDatasource(
  { url, org, bucketPrefix }: Config['store'],
  token: string,
): string {
  const source = {
    name: 'Self-scaling',
    uid: 'self-scaling',
    type: 'influxdb',
    access: 'proxy',
    url,
    jsonData: {
      version: 'Flux',
      organization: org,
      defaultBucket: `${bucketPrefix}history`,
      timeInterval: '15m',
      httpMode: 'POST',
    },
    secureJsonData: { token },
  };
  return `${JSON.stringify({ apiVersion: 1, datasources: [source] }, undefined, 2)}\n`;
}
