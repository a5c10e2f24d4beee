import { ratiosOf, type Cost } from '../forecast/replay/cost.ts';
import type { FrontierPoint } from './replay-frontier.ts';
import { table } from './table.ts';

/** What a replay prints as JSON. */
export type Replayed = {
  readonly trace: string;
  readonly policies: Readonly<Record<string, Cost>>;
  readonly assumptions: Readonly<Record<string, unknown>>;
  readonly frontier?: readonly FrontierPoint[];
};

export type TableWish = { readonly podHourCost?: number; readonly slo?: number };

/** The policies of one replay beside each other; ratios are to the reactive one, where it was played. */
export function replayTable(replayed: Replayed, wish: TableWish): string {
  const { trace, frontier } = replayed;
  const curve = frontier === undefined ? '' : `\n\n${frontierTable(frontier)}`;
  return `${trace}\n${table(replayRows(replayed, wish))}${curve}`;
}

/** The header first. */
export function replayRows({ policies }: Replayed, wish: TableWish): string[][] {
  const { reactive } = policies;
  const header = [
    ['POLICY', 'SHORT MIN', 'WORST DAY', 'POD-HOURS', 'UNSERVED', 'IDLE', 'RESCALES'],
    reactive === undefined ? [] : ['SHORT x', 'HOURS x'],
    wish.podHourCost === undefined ? [] : ['COST'],
    ['SERVED'],
  ].flat();
  const rows = Object.entries(policies).map(([name, cost]) => [
    name,
    ...figures(cost),
    ...(reactive === undefined ? [] : ratios(cost, reactive)),
    ...(wish.podHourCost === undefined ? [] : [(cost.podHours * wish.podHourCost).toFixed(2)]),
    served(cost, wish.slo),
  ]);
  return [header, ...rows];
}

/** From the fewest pods to the most. */
function frontierTable(points: readonly FrontierPoint[]): string {
  const rows = points
    .toSorted((a, b) => a.podHours - b.podHours)
    .map(({ policy, target, level, shortMinutes, podHours }) => [
      podHours.toFixed(0),
      shortMinutes.toFixed(0),
      policy,
      `${target}%`,
      level === undefined ? '-' : String(level),
    ]);
  return table([['POD-HOURS', 'SHORT MIN', 'POLICY', 'TARGET', 'LEVEL'], ...rows]);
}

const figures = (cost: Cost): string[] => [
  cost.shortMinutes.toFixed(0),
  cost.worstShortMinutes.toFixed(0),
  cost.podHours.toFixed(0),
  percent(cost.unservedShare),
  percent(cost.idleShare),
  String(cost.rescales),
];

function ratios(cost: Cost, reactive: Cost): string[] {
  const { shortMinutes, podHours } = ratiosOf(cost, reactive);
  return [shortMinutes.toFixed(2), podHours.toFixed(3)];
}

/** With a mark where it misses the objective. */
const served = ({ servedTicks }: Cost, slo: number | undefined): string =>
  `${percent(servedTicks)}${slo !== undefined && servedTicks < slo ? ' !' : ''}`;

const percent = (share: number): string => `${(share * 100).toFixed(2)}%`;
