import { LEVELS } from '../../domain/forecast.ts';
import { hours, STEP, STEPS_A_DAY } from '../../domain/units.ts';
import { CHOSEN, type Vintage } from './backtest-series.ts';
import { CHART_HEIGHT, CHART_WIDTH, lineChart, type Line, type Point } from './line-chart.ts';
import { reference } from './reference.ts';
import type { BacktestReport, ModelReport } from './report.ts';
import type { Column } from './wide-csv.ts';

const COLORS = ['#b45309', '#15803d', '#7e22ce', '#be123c', '#0f766e', '#a16207', '#4338ca'];
const CHOSEN_COLOR = '#1d4ed8';
const REFERENCE_COLOR = '#6b7280';
const TRUTH_COLOR = '#111827';
/** Of history before the first held-back day, so that the eye knows the rhythm. */
const STEPS_BEFORE = 3 * STEPS_A_DAY;

/** Whether quantiles hold what they promise, and how the error grows with the hours ahead. */
export const overviewCharts = (report: BacktestReport): string[] => [
  reliabilityChart(report),
  hoursChart(report),
];

/** The same as one SVG document. */
export function overviewSvg(report: BacktestReport): string {
  const charts = overviewCharts(report);
  const placed = charts.map(
    (chart, index) => `<g transform="translate(${index * CHART_WIDTH} 0)">${chart}</g>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${charts.length * CHART_WIDTH}" height="${CHART_HEIGHT}">`,
    '<rect width="100%" height="100%" fill="white"/>',
    ...placed,
    '</svg>\n',
  ].join('\n');
}

const reliabilityChart = ({ models, chosen }: BacktestReport): string => {
  const curve = ({ below }: ModelReport): Point[] =>
    LEVELS.map((level, index) => [level, below[index]]);
  const yardstick = models.get(reference.name);
  return lineChart({
    title: 'Share of truths at or below a quantile',
    x: 'quantile level',
    y: 'share',
    lines: [
      { name: CHOSEN, color: CHOSEN_COLOR, points: curve(chosen) },
      { name: 'reference', color: REFERENCE_COLOR, points: yardstick ? curve(yardstick) : [] },
      {
        name: 'ideal',
        color: TRUTH_COLOR,
        isDashed: true,
        points: LEVELS.map((level) => [level, level]),
      },
    ],
  });
};

const hoursChart = ({ models, chosen }: BacktestReport): string => {
  const curve = ({ byHour }: ModelReport): Point[] =>
    byHour.map((ratio, hour) => [hour + 1, ratio]);
  const others = [...models].filter(([name]) => name !== reference.name);
  const best = others
    .toSorted(([, a], [, b]) => (a.relSQL ?? Infinity) - (b.relSQL ?? Infinity))
    .slice(0, 2)
    .map(([name, one], index): Line => {
      return { name, color: COLORS[index % COLORS.length] ?? TRUTH_COLOR, points: curve(one) };
    });
  return lineChart({
    title: 'relSQL by hours ahead',
    x: 'hours ahead',
    y: 'relSQL',
    lines: [{ name: CHOSEN, color: CHOSEN_COLOR, points: curve(chosen) }, ...best],
  });
};

/** What came, and what had been forecast of it: the median and q10 to q90 of each held-back day. */
export function seriesChart(title: string, column: Column, vintages: readonly Vintage[]): string {
  const first = (vintages[0]?.at ?? 0) - STEPS_BEFORE * STEP;
  const hour = (at: number): number => (at - first) / hours(1);
  const row = (vintage: Vintage, level: number): Float64Array =>
    vintage.forecast.values[LEVELS.indexOf(level)] ?? new Float64Array();
  const stepAt = ({ at }: Vintage, step: number): number => hour(at + step * STEP);
  return lineChart({
    title,
    x: 'hours',
    y: '',
    bands: vintages.map((vintage) => {
      const high = row(vintage, 0.9);
      const edges = Array.from(
        row(vintage, 0.1),
        (low, step) => [stepAt(vintage, step), low, high[step] ?? low] as const,
      );
      return { color: CHOSEN_COLOR, edges };
    }),
    lines: [
      { name: 'what came', color: TRUTH_COLOR, points: truthSince(column, first, hour) },
      {
        name: 'median',
        color: CHOSEN_COLOR,
        points: vintages.flatMap((vintage) =>
          Array.from(row(vintage, 0.5), (value, step): Point => [stepAt(vintage, step), value]),
        ),
      },
    ],
  });
}

function truthSince({ starts, values }: Column, first: number, hour: (at: number) => number) {
  return Array.from(starts).flatMap((start, index): Point[] => {
    if (start < first) return [];
    const point: Point = [hour(start), values[index]];
    const isAfterGap = start - (starts[index - 1] ?? start) > STEP;
    return isAfterGap ? [[hour(start - STEP), undefined], point] : [point];
  });
}
