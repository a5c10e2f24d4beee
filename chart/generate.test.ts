import { readFileSync } from 'node:fs';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { leavesOf, schemaOf, valuesTable } from './generate.ts';

const CHART = import.meta.dirname;
const leaves = leavesOf(readFileSync(join(CHART, 'values.yaml'), 'utf8'));

const HEAD = `# The chart of self-scaling

\`\`\`bash
helm install self-scaling ./chart -n self-scaling --create-namespace
\`\`\`

Two adapters, two controllers, a trainer and an InfluxDB; \`-f chart/ci/edge-values.yaml\` installs one pod with an embedded
database instead. It needs metrics-server, and nothing else: no cert-manager, no Prometheus, no subchart. See
[docs/OPERATIONS.md](../docs/OPERATIONS.md) for sizes, upgrades and the way out.

Use \`--reset-then-reuse-values\` with \`helm upgrade\`: \`--reuse-values\` lacks the values that are new in a chart.

## Values

`;

test('values.schema.json is what values.yaml and the settings say (run: npm run accept)', async () => {
  const text = `${JSON.stringify(schemaOf(leaves), undefined, 2)}\n`;
  await expect(text).toMatchFileSnapshot('values.schema.json');
});

test('README.md tells every value (run: npm run accept)', async () => {
  await expect(`${HEAD}${valuesTable(leaves)}\n`).toMatchFileSnapshot('README.md');
});

test('a value without a comment is refused by its path', () => {
  expect(() => leavesOf('a:\n  b: 1\n')).toThrow('values.yaml: a.b has no comment');
});

test('each value is used by a template', () => {
  const files = globSync(join(CHART, 'templates/**/*.{yaml,tpl,txt}'));
  const templates = files.map((file) => readFileSync(file, 'utf8')).join('\n');
  const unused = leaves.filter(({ path }) => !isNamed(path, templates)).map(({ path }) => path);
  expect(unused).toEqual([]);
});

/** Templates enter parts with "with" and "index": the last member must be named, and the first. */
function isNamed(path: string, templates: string): boolean {
  const members = path.split('.');
  const [first = '', last = ''] = [members[0], members.at(-1)];
  const isFirst = templates.includes(`.Values.${first}`) || templates.includes(`"${first}"`);
  return isFirst && new RegExp(`\\.${last}\\b`).test(templates);
}
