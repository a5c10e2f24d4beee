import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { DIFFERENCES } from './differences.ts';

test('docs/METRICS-API.md tells every difference with its reason, and no other', async () => {
  const text = await readFile(new URL('../../docs/METRICS-API.md', import.meta.url), 'utf8');
  const [, section = ''] = text.split('## Where we differ');
  const rows = section.split('\n## ')[0]?.match(/^\| (?!ours|---).*\|$/gm);
  expect(rows).toEqual(DIFFERENCES.map(({ title, reason }) => `| ${title} | ${reason} |`));
});
