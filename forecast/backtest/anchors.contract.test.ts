import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { LEVELS } from '../../domain/forecast.ts';
import { medianOfFew, quantile } from '../../domain/quantile.ts';
import { timeAt } from '../../domain/series.ts';
import { STEPS_A_DAY } from '../../domain/units.ts';
import type { Model } from '../models/model.ts';
import { backtestSeries, type SeriesOutcome } from './backtest-series.ts';
import { withStraightLines } from './column-series.ts';
import { backtestReport } from './report.ts';
import { readWideCsv } from './wide-csv.ts';

/* The scorer against figures that others measured with the same protocol, before any model of ours is asked. */

const TRACES = resolve(import.meta.dirname, '../../../shared/traces/15min');
const DAYS = 7;
/** Within .001, half of what the design tolerates. */
const DECIMALS = 2.7;

/** The median of each time of the last seven days, and the type-7 quantiles of these days about it. */
const plainMedian: Model = {
  name: 'plain-median',
  minimumSteps: DAYS * STEPS_A_DAY,
  fit(history) {
    const values = withStraightLines(history);
    const origin = values.length;
    const week = values.subarray(origin - DAYS * STEPS_A_DAY);
    const medians = Array.from({ length: STEPS_A_DAY }, (_, time) =>
      medianOfFew(
        Float64Array.from({ length: DAYS }, (__, day) => week[day * STEPS_A_DAY + time]!),
      ),
    );
    const residuals = week.map((value, index) => value - medians[index % STEPS_A_DAY]!).toSorted();
    return {
      predict: (horizon, levels) => ({
        start: timeAt(history, origin),
        step: history.step,
        levels,
        values: levels.map((level) => {
          const shift = quantile(residuals, level);
          return Float64Array.from(
            { length: horizon },
            (_, step) => medians[step % STEPS_A_DAY]! + shift,
          );
        }),
      }),
    };
  },
};

/** File: windows, series in the means, relMASE, relSQL, cov80, p90. */
const ANCHORS: Readonly<Record<string, readonly number[]>> = {
  aiops_kpi: [52, 13, 0.97, 0.644, 0.712, 0.776],
  asd: [436, 105, 0.826, 0.708, 0.748, 0.867],
  azure_vm2017: [336, 84, 0.818, 0.616, 0.691, 0.857],
  cloud_cluster_capacity: [91, 23, 0.984, 0.962, 0.451, 0.752],
  cluster_aggregates: [40, 10, 0.963, 0.948, 0.729, 0.907],
  crane_dsp: [28, 7, 0.684, 0.643, 0.695, 0.887],
  google2011_jobs: [328, 112, 1.054, 0.997, 0.662, 0.724],
  google2011_machines: [40, 10, 0.979, 0.895, 0.724, 0.836],
  nab: [112, 28, 0.924, 0.626, 0.685, 0.83],
  // oxlint-disable-next-line oxc/approx-constant -- a measured share, no logarithm
  smd: [764, 190, 1.012, 0.784, 0.693, 0.859],
};
const ALL = [2227, 582, 0.941, 0.776, 0.688, 0.827];
const ALL_OF_THE_REFERENCE = [2227, 582, 1, 1, 0.844, 0.92];

function outcomesIn(file: string): SeriesOutcome[] {
  const reading = readWideCsv();
  for (const line of readFileSync(resolve(TRACES, `${file}.csv`), 'utf8').split('\n')) {
    reading.line(line);
  }
  return reading.end(file).flatMap((column) => {
    const done = backtestSeries(column, {
      origins: 4,
      models: [plainMedian],
      candidates: [plainMedian.name],
      choose: (history, models, horizon) => ({
        forecast: models[0]!.fit(history).predict(horizon, LEVELS),
        weights: {},
      }),
      cpuSeconds: () => 0,
    });
    return done.ok ? [done.outcome] : [];
  });
}

function measured(outcomes: readonly SeriesOutcome[], name: string): (number | undefined)[] {
  const { windows, models } = backtestReport(outcomes, [plainMedian.name]);
  const { series, relMASE, relSQL, cov80, p90 } = models.get(name)!;
  return [windows, series, relMASE, relSQL, cov80, p90];
}

test.skipIf(!existsSync(TRACES))(
  'the seven-day median scores on the traces what it should (skipped without ../shared/traces/15min)',
  { timeout: 60_000 },
  () => {
    const close = (row: readonly number[]) => [
      ...row.slice(0, 2),
      ...row.slice(2).map((value) => expect.closeTo(value, DECIMALS)),
    ];
    const all: SeriesOutcome[] = [];
    const byFile = Object.keys(ANCHORS).map((file) => {
      const outcomes = outcomesIn(file);
      all.push(...outcomes);
      return [file, measured(outcomes, plainMedian.name)] as const;
    });
    expect(Object.fromEntries(byFile)).toEqual(
      Object.fromEntries(Object.entries(ANCHORS).map(([file, row]) => [file, close(row)])),
    );
    expect(measured(all, plainMedian.name)).toEqual(close(ALL));
    expect(measured(all, 'seasonal-naive-gauss')).toEqual(close(ALL_OF_THE_REFERENCE));
  },
);
