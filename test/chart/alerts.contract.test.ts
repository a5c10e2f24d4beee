import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createMeters } from '../../api/meters.ts';
import { ALERTS, ruleGroups } from '../../chart/alerts.ts';
import { ALERT_CASES } from './alert-cases.ts';
import { promtool, whyNoPromtool } from './promtool.ts';

const RULES = resolve(import.meta.dirname, '../../chart/files/rules.yaml');
const missing = whyNoPromtool();
describe.skipIf(missing !== undefined)(`Prometheus on the alerts ${missing ?? ''}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'self-scaling-alerts-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const run = (...args: readonly string[]): string =>
    execFileSync(promtool(), args, { encoding: 'utf8' });

  test('the rules are right', () => {
    expect(run('check', 'rules', '--lint=all', '--lint-fatal', RULES)).toContain(
      `SUCCESS: ${ALERTS.length} rules found`,
    );
  });

  test('each fires when it should, and only then', () => {
    const tests = ALERTS.flatMap(({ name }) => {
      const { at, fires, silent } = ALERT_CASES[name]!;
      const alertname = `SelfScaling${name}`;
      const inputOf = (series: Readonly<Record<string, string>>) =>
        Object.entries(series).map(([one, values]) => ({ series: one, values }));
      return [
        { input: fires, expected: [told(name)] },
        { input: silent, expected: [] },
      ].map(({ input, expected }) => ({
        interval: '1m',
        input_series: inputOf(input),
        alert_rule_test: [{ eval_time: at, alertname, exp_alerts: expected }],
      }));
    });
    const file = join(folder, 'cases.yaml');
    writeFileSync(file, JSON.stringify({ rule_files: [RULES], evaluation_interval: '1m', tests }));
    expect(run('test', 'rules', file)).toContain('SUCCESS');
  });

  test('what we expose is good manners', async () => {
    const { text } = await createMeters().expose();
    const ours = text.split('\n').filter((line) => line.includes('self_scaling_'));
    const said = execFileSync(promtool(), ['check', 'metrics'], {
      input: `${ours.join('\n')}\n`,
      encoding: 'utf8',
    });
    expect(said).toBe('');
  });
});

/** Labels and annotations that a firing alert bears. */
function told(name: string) {
  const { rules } = ruleGroups().groups[0]!;
  const { labels, annotations } = rules.find(({ alert }) => alert === `SelfScaling${name}`)!;
  const summary = SUMMARIES[name] ?? annotations.summary;
  return {
    exp_labels: { ...labels, ...LABELS[name] },
    exp_annotations: { ...annotations, summary },
  };
}

const LABELS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  CertificateExpires: { certificate: 'adapter' },
  PointsDropped: { reason: 'refused' },
};
const SUMMARIES: Readonly<Record<string, string>> = {
  CertificateExpires: 'Certificate adapter ends within 14 days.',
  ForecastsStale: '20% of the forecasts are stale.',
  CollectorStalled: 'No usage was collected for 31m 40s.',
  StoreUnavailable: 'The store does not answer 60% of the requests.',
  SpillGrowing: 'Writes have waited on disk for 2h 0m 0s.',
  PointsDropped: 'Points were lost: refused.',
  CeilingReached: '2 HPAs want the most replicas they may have.',
  MetricErrors: '10% of the metric requests are refused.',
  MetricSlow: '1 % of the metric requests take longer than 925ms.',
  CoverageLow: 'Only 70% of the truths are below the 90 % level.',
  HpaConflict: '1 managed components have an HPA of somebody else.',
};
