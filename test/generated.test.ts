import { expect, test } from 'vitest';
import { settingsTable } from '../config/describe.ts';

const HEAD = `# Configuration

One YAML or JSON file (\`--config FILE\`), the environment, and \`--set path=value\`; the flag is stronger than the
environment, the environment stronger than the file, the file stronger than the default. All mistakes are reported at
once with their place. Secrets exist only as paths of files.

\`\`\`yaml
store:
  kind: influx2
  url: http://influxdb:8086
  tokenFile: /run/secrets/store-token
forecast:
  leadTime: 3m
\`\`\`

Per component, on the workload or its namespace: the label \`self-scaling.io/managed: "true"\`, and on the workload the
annotations \`self-scaling.io/min-replicas\`, \`max-replicas\`, \`level\`, \`lead-time\`, \`capacity-cpu\` and \`capacity-memory\`.

`;

test('docs/CONFIGURATION.md tells every setting (run: npm run accept)', async () => {
  await expect(`${HEAD}${settingsTable()}\n`).toMatchFileSnapshot('../docs/CONFIGURATION.md');
});
