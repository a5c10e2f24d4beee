/** `undefined` is a gap in the line. */
export type Point = readonly [x: number, y: number | undefined];
export type Line = {
  readonly name: string;
  readonly color: string;
  readonly points: readonly Point[];
  readonly isDashed?: boolean;
};
export type Band = { readonly color: string; readonly edges: readonly Edge[] };
type Edge = readonly [x: number, low: number, high: number];

export type Chart = {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly lines: readonly Line[];
  readonly bands?: readonly Band[];
};

export const CHART_WIDTH = 420;
export const CHART_HEIGHT = 260;
const [LEFT, RIGHT, TOP, BOTTOM] = [52, 12, 44, 40];
const TICKS = 4;
const DIGITS = 3;
const LEGEND_STEP = 115;

type Range = readonly [from: number, to: number];
type Place = (value: number) => string;

/** A chart of lines and bands as an SVG element without outside references. */
export function lineChart({ title, x, y, lines, bands = [] }: Chart): string {
  const points = lines.flatMap((line) => line.points);
  const edges = bands.flatMap((band) => band.edges);
  const xs = rangeOf([...points.map(([at]) => at), ...edges.map(([at]) => at)]);
  const ys = rangeOf([
    ...points.flatMap(([, value]) => value ?? []),
    ...edges.flatMap(([, low, high]) => [low, high]),
  ]);
  const across = placeIn(xs, LEFT, CHART_WIDTH - RIGHT);
  const up = placeIn(ys, CHART_HEIGHT - BOTTOM, TOP);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${CHART_WIDTH}" height="${CHART_HEIGHT}" font-family="sans-serif" font-size="11">`,
    text(LEFT, 16, title, 'font-weight="bold" font-size="13"'),
    ...lines.map(({ name, color }, index) =>
      text(LEFT + index * LEGEND_STEP, TOP - 12, name, `fill="${color}"`),
    ),
    text(CHART_WIDTH / 2, CHART_HEIGHT - 6, x, 'text-anchor="middle"'),
    text(4, TOP - 12, y),
    ...ticksOf(xs).map((tick) =>
      text(across(tick), CHART_HEIGHT - BOTTOM + 14, shown(tick), 'text-anchor="middle"'),
    ),
    ...ticksOf(ys).flatMap((tick) => [
      `<path d="M${LEFT},${up(tick)}H${CHART_WIDTH - RIGHT}" stroke="#ddd"/>`,
      text(LEFT - 4, up(tick), shown(tick), 'text-anchor="end"'),
    ]),
    ...bands.map((band) => bandPath(band, across, up)),
    ...lines.map((line) => linePath(line, across, up)),
    '</svg>',
  ].join('\n');
}

function rangeOf(values: readonly number[]): Range {
  if (values.length === 0) return [0, 1];
  const from = values.reduce((least, value) => Math.min(least, value));
  const to = values.reduce((most, value) => Math.max(most, value));
  return from === to ? [from - 1, to + 1] : [from, to];
}

const placeIn =
  ([from, to]: Range, first: number, last: number): Place =>
  (value) =>
    (first + ((value - from) / (to - from)) * (last - first)).toFixed(1);

const ticksOf = ([from, to]: Range): number[] =>
  Array.from({ length: TICKS + 1 }, (_, index) => from + ((to - from) * index) / TICKS);

function linePath({ color, points, isDashed = false }: Line, across: Place, up: Place): string {
  const path = points.map(([at, value], index) => {
    if (value === undefined) return '';
    const isFirst = index === 0 || points[index - 1]?.[1] === undefined;
    return `${isFirst ? 'M' : 'L'}${across(at)},${up(value)}`;
  });
  const dashes = isDashed ? ' stroke-dasharray="4 3"' : '';
  return `<path d="${path.join('')}" fill="none" stroke="${color}"${dashes}/>`;
}

function bandPath({ color, edges }: Band, across: Place, up: Place): string {
  const over = edges.map(([at, , high]) => `${across(at)},${up(high)}`);
  const back = edges.toReversed().map(([at, low]) => `${across(at)},${up(low)}`);
  return `<polygon points="${[...over, ...back].join(' ')}" fill="${color}" fill-opacity="0.25"/>`;
}

const shown = (value: number): string => String(Number(value.toPrecision(DIGITS)));

const text = (x: number | string, y: number | string, of: string, more = ''): string =>
  `<text x="${x}" y="${y}" ${more}>${escaped(of)}</text>`;

export const escaped = (of: string): string =>
  of.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
