import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runReplay, type ReplayFlags } from './replay.ts';

const folder = mkdtempSync(join(tmpdir(), 'self-scaling-replay-'));
const input = join(folder, 'cart.csv');
/** Five days, five minutes a row: nights of one core, and four from eight to six o'clock. */
const rows = Array.from({ length: 5 * 288 }, (_, row) => {
  const hour = (row % 288) / 12;
  return `${1_700_006_400 + row * 300},${hour >= 8 && hour < 18 ? 4 : 1}`;
});
beforeAll(() => writeFileSync(input, ['timestamp,value', ...rows].join('\n')));
afterAll(() => rmSync(folder, { recursive: true }));

const flags: ReplayFlags = {
  input,
  output: 'json',
  policies: ['reactive', 'predictive'],
  podStart: '120s',
  min: 1,
  max: 100,
  gate: [],
  frontier: false,
};
const run = (more: Partial<ReplayFlags> = {}) => {
  const said: string[] = [];
  const terminal = { write: (text: string) => said.push(text) };
  return { ...runReplay({ ...flags, ...more }, terminal), said };
};

test('a daily rhythm is foreseen: the document has the policies and what was assumed', () => {
  const document: unknown = JSON.parse(run().text);
  expect(document).toMatchObject({
    trace: 'cart',
    policies: { reactive: { rescales: expect.any(Number) }, predictive: {} },
    assumptions: {
      lead: 195,
      podStart: 120,
      warmUpDays: 2.5,
      days: 5,
      policies: {
        reactive: { resourceTarget: 75, window: 300 },
        predictive: { resourceTarget: 85, level: 0.6, externalTarget: 78, window: 60 },
      },
    },
  });
  const { policies } = document as Record<string, Record<string, { shortMinutes: number }>>;
  expect(policies!['reactive']!.shortMinutes).toBeGreaterThan(5);
  expect(policies!['predictive']!.shortMinutes).toBe(0);
});

test('the table has a row a policy, and columns for costs and an objective', () => {
  const { text } = run({ output: 'table', podHourCost: 0.05, slo: 0.9999 });
  expect(text).toMatch(/^cart\nPOLICY .*SHORT x .*COST .*SERVED\nreactive .* !\npredictive /);
});

test('progress is told apart from the answer', () => {
  expect(run().said.at(-1)).toMatch(/^replay \d+\/\d+ forecasts/);
});

test('the frontier has a point for each target and level', () => {
  const { frontier } = JSON.parse(run({ frontier: true }).text) as { frontier: unknown[] };
  expect(frontier).toHaveLength(2 * 7 + 6 * 4);
  expect(frontier.at(-1)).toMatchObject({ policy: 'predictive', target: 85, level: 0.95 });
  expect(run({ frontier: true, output: 'table' }).text).toContain(
    '\n\nPOD-HOURS  SHORT MIN  POLICY',
  );
});

test('a page has the table, the curve and the replicas of each policy, and needs nothing from outside', () => {
  const [report, svg] = [join(folder, 'report.html'), join(folder, 'report.svg')];
  run({ report, svg });
  const page = readFileSync(report, 'utf8');
  expect(page.match(/<svg /g)).toHaveLength(1 + 2);
  expect(page).toContain('<td>predictive</td>');
  expect(page).toMatch(/<title>2023-11-1\dT08:\d\d:\d\dZ: [\d.]+ short minutes<\/title>/);
  expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|src=|href=|NaN/);
  expect(readFileSync(svg, 'utf8')).toMatch(/^<svg [^]*<circle [^]*<\/svg>\n$/);
});

test('a gate that is missed is named', () => {
  expect(run({ gate: ['shortMinutes=0.64', 'podHours=0.01'] }).missed).toEqual([
    expect.stringMatching(/^missed: podHours is [\d.]+, bound 0.01$/),
  ]);
});

test.each<[Partial<ReplayFlags>, string]>([
  [{ input: join(folder, 'none.csv') }, 'cannot be read; name an existing file with --input'],
  [{ output: 'xml' }, 'there is no format xml'],
  [{ policies: ['reactiv'] }, 'no policy is named reactiv; there are reactive'],
  [{ level: 0.999 }, '--level is 0.999; it must be 0.1 to 0.99'],
  [{ leadTime: 'soon' }, '--lead-time is soon; write a duration'],
  [{ leadTime: '2h' }, 'the lead time is longer than 60m'],
  [{ podStart: '2' }, '--pod-start is 2; write a duration'],
  [{ capacityCpu: 'much' }, '--capacity-cpu is much; write a quantity'],
  [{ report: join(folder, 'none', 'a.html') }, 'cannot be written; name another file'],
  [{ min: 0 }, 'need 1 <= min <= max'],
  [{ min: 5, max: 4 }, 'need 1 <= min <= max'],
  [{ gate: ['shortMinutes'] }, '--gate is shortMinutes; write shortMinutes=0.64'],
  [{ gate: ['cost=1'] }, '--gate is cost=1'],
  [{ gate: ['podHours=1'], policies: ['reactive'] }, 'name both in --policies'],
])('refuses %o', (more, why) => {
  expect(() => run(more)).toThrow(why);
});
