import { epochMs, toRfc3339 } from '../domain/units.ts';
import { escaped } from '../forecast/backtest/line-chart.ts';
import type { FrontierPoint } from './replay-frontier.ts';
import type { Stretch } from './replay-history.ts';

/** A policy as it was played. */
type PlayedPoint = {
  readonly name: string;
  readonly podHours: number;
  readonly shortMinutes: number;
};

const WIDTH = 900;
const [LEFT, RIGHT, TOP, BOTTOM] = [56, 16, 34, 34];
const TICKS = 5;
const COLORS = ['#6b7280', '#92400e', '#2563eb', '#7c3aed', '#059669', '#db2777', '#0891b2'];
const RED = '#dc2626';
const DIGITS = 3;
/** Some room around the outermost points. */
const MARGIN = 0.05;

type Range = readonly [from: number, to: number];
type Frame = { readonly height: number; readonly x: Range; readonly y: Range };

/** Short minutes against pod-hours: a line for each level and policy of the frontier, a dot for each policy that was played. */
export function curveChart(
  title: string,
  played: readonly PlayedPoint[],
  frontier: readonly FrontierPoint[],
): string {
  const points = [...played, ...frontier];
  const frame: Frame = {
    height: 380,
    x: around(points.map(({ podHours }) => podHours)),
    y: around(points.map(({ shortMinutes }) => shortMinutes)),
  };
  const { across, up } = placesIn(frame);
  const lines = [...Map.groupBy(frontier, lineOf)].map(([name, line], index) => {
    const color = colorOf(index);
    const sorted = line.toSorted((a, b) => a.podHours - b.podHours);
    const path = sorted.map((point) => `${across(point.podHours)},${up(point.shortMinutes)}`);
    const [first] = path;
    return [
      `<polyline points="${path.join(' ')}" fill="none" stroke="${color}" stroke-opacity="0.6"/>`,
      first === undefined ? '' : text(first, name, `fill="${color}" font-size="10"`),
    ].join('\n');
  });
  const dots = played.map(({ name, podHours, shortMinutes }) => {
    const [x, y] = [across(podHours), up(shortMinutes)];
    return `<circle cx="${x}" cy="${y}" r="4"/>${text(`${Number(x) + 6},${y}`, name, 'font-weight="bold"')}`;
  });
  const axes = [`pod-hours`, `short minutes`] as const;
  return svgOf(title, frame, axes, [...lines, ...dots]);
}

const lineOf = ({ policy, level }: FrontierPoint): string =>
  level === undefined ? policy : `${policy} ${level}`;

/** Replicas and demand over time; stretches in which the pods did not suffice are red below. */
export function replicasChart(
  title: string,
  stretches: readonly Stretch[],
  highest: number,
): string {
  const from = stretches[0]?.from ?? 0;
  const to = stretches.at(-1)?.to ?? 1;
  const frame: Frame = { height: 210, x: [from, Math.max(to, from + 1)], y: [0, highest] };
  const { across, up } = placesIn(frame);
  const path = (of: (one: Stretch) => number): string =>
    stretches.map((one) => `${across(one.from)},${up(of(one))}`).join(' ');
  const floor = frame.height - BOTTOM;
  const short = stretches
    .filter(({ shortMinutes }) => shortMinutes > 0)
    .map(({ from: at, shortMinutes }) => {
      const about = `<title>${toRfc3339(at)}: ${shortMinutes} short minutes</title>`;
      return `<path d="M${across(at)},${floor}v-12" stroke="${RED}">${about}</path>`;
    });
  const line = (points: string, color: string): string =>
    `<polyline points="${points}" fill="none" stroke="${color}"/>`;
  return svgOf(
    title,
    frame,
    ['', 'pods; grey: demand; red: short'],
    [
      line(
        path(({ need }) => need),
        '#9ca3af',
      ),
      line(
        path(({ pods }) => pods),
        '#2563eb',
      ),
      ...short,
    ],
  );
}

const colorOf = (index: number): string => COLORS[index % COLORS.length] ?? RED;

function around(values: readonly number[]): Range {
  const least = values.reduce((a, b) => Math.min(a, b), Infinity);
  const most = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const margin = Math.max(1, (most - least) * MARGIN);
  return Number.isFinite(least) ? [Math.max(0, least - margin), most + margin] : [0, 1];
}

function placesIn({ height, x, y }: Frame) {
  const place =
    ([from, to]: Range, first: number, last: number) =>
    (value: number) =>
      (first + ((value - from) / Math.max(to - from, Number.EPSILON)) * (last - first)).toFixed(1);
  return {
    across: place(x, LEFT, WIDTH - RIGHT),
    up: place(y, height - BOTTOM, TOP),
  };
}

function svgOf(
  title: string,
  frame: Frame,
  [x, y]: readonly [string, string],
  parts: readonly string[],
): string {
  const { across, up } = placesIn(frame);
  const floor = frame.height - BOTTOM;
  const isTime = x === '';
  const told = (value: number): string =>
    isTime ? toRfc3339(epochMs(value)).slice(0, 10) : String(Number(value.toPrecision(DIGITS)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${frame.height}" font-family="sans-serif" font-size="11">`,
    text(`${LEFT},16`, title, 'font-weight="bold" font-size="13"'),
    text(`4,${TOP - 6}`, y),
    text(`${WIDTH - RIGHT},${frame.height - 4}`, x, 'text-anchor="end"'),
    ...ticksOf(frame.x).map((tick) =>
      text(`${across(tick)},${floor + 14}`, told(tick), 'text-anchor="middle"'),
    ),
    ...ticksOf(frame.y).flatMap((tick) => [
      `<path d="M${LEFT},${up(tick)}H${WIDTH - RIGHT}" stroke="#ddd"/>`,
      text(
        `${LEFT - 4},${up(tick)}`,
        String(Number(tick.toPrecision(DIGITS))),
        'text-anchor="end"',
      ),
    ]),
    ...parts,
    '</svg>',
  ].join('\n');
}

const ticksOf = ([from, to]: Range): number[] =>
  Array.from({ length: TICKS + 1 }, (_, index) => from + ((to - from) * index) / TICKS);

function text(place: string, of: string, more = ''): string {
  const [x = '0', y = '0'] = place.split(',');
  return `<text x="${x}" y="${y}" ${more}>${escaped(of)}</text>`;
}
