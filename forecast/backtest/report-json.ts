import { STEPS_A_DAY } from '../../domain/units.ts';
import type { Skipped } from './backtest-columns.ts';
import { CHOSEN } from './backtest-series.ts';
import type { BacktestReport, ModelReport } from './report.ts';
import type { SeriesScore } from './series-score.ts';

/** How the backtest was asked for. */
export type BacktestAbout = {
  readonly origins: number;
  readonly seed: number;
  readonly coldDays?: number;
  readonly skipped: readonly Skipped[];
};

const DIGITS = 6;

/** The report with the documented keys; what is not known is `null`. Equal input gives equal text but for `cpuSeconds`. */
export function reportJson(report: BacktestReport, about: BacktestAbout) {
  const { chosen, copies, degenerate, perSeries, models, windows } = report;
  const { origins, seed, coldDays = null, skipped } = about;
  return {
    origins,
    horizon: STEPS_A_DAY,
    season: STEPS_A_DAY,
    models: Object.fromEntries([...models].map(([name, one]) => [name, modelJson(one)])),
    chosen: {
      ...modelJson(chosen),
      worst: rounded(chosen.worst),
      within110: rounded(chosen.within110),
      beyond110: chosen.beyond110,
    },
    perSeries: perSeries.map(seriesJson),
    skipped,
    copies,
    degenerate,
    windows,
    coldDays,
    seed,
    /** No trained weights yet: every model is a rule. */
    engine: null,
    weights: null,
  };
}

const modelJson = (model: ModelReport) => ({
  relSQL: rounded(model.relSQL),
  relMASE: rounded(model.relMASE),
  WQL: rounded(model.WQL),
  cov80: rounded(model.cov80),
  p90: rounded(model.p90),
  p99: rounded(model.p99),
  cpuSeconds: rounded(model.cpuSeconds),
  series: model.series,
  failed: model.failed,
});

function seriesJson(one: SeriesScore) {
  const score = one.scores.get(CHOSEN);
  return {
    series: one.series,
    origins: one.origins,
    degenerate: one.degenerate,
    scale: rounded(one.scale),
    relSQL: rounded(score?.relSQL),
    relMASE: rounded(score?.relMASE),
    cov80: rounded(score?.cov80),
    p90: rounded(score?.p90),
    p99: rounded(score?.p99),
    mae: rounded(one.absolute?.mae),
    loss: rounded(one.absolute?.loss),
    weights: Object.fromEntries([...one.weights].map(([name, share]) => [name, rounded(share)])),
    best: one.best ?? null,
  };
}

const rounded = (value: number | undefined): number | null =>
  value === undefined ? null : Number(value.toPrecision(DIGITS));
