import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { createMeters } from '../../api/meters.ts';
import { ALERTS, ruleGroups } from '../../chart/alerts.ts';
import { ALERT_CASES } from './alert-cases.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const RULES = join(ROOT, 'chart/files/rules.yaml');

test('chart/files/rules.yaml is what the code says (run: npm run accept)', async () => {
  await expect(stringify(ruleGroups(), { lineWidth: 0 })).toMatchFileSnapshot(RULES);
});

test('each alert has an entry in the runbook, and a case that fires and one that does not', () => {
  const runbook = readFileSync(join(ROOT, 'docs/RUNBOOK.md'), 'utf8');
  const names = ALERTS.map(({ name }) => name);
  expect(names.filter((name) => !runbook.includes(`\n## ${name}\n`))).toEqual([]);
  expect(Object.keys(ALERT_CASES)).toEqual(names);
});

test('alerts speak only of metrics that there are', async () => {
  const { text } = await createMeters().expose();
  const known = [...text.matchAll(/^# TYPE (?<name>\S+)/gm)].map(({ groups }) => groups?.['name']);
  const named = ALERTS.flatMap(({ expr }) => [...expr.matchAll(/self_scaling_\w+/g)].map(String));
  const unknown = named.filter((name) => !known.includes(name.replace(/_bucket$/, '')));
  expect(unknown).toEqual([]);
});
