import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseDuration } from '../config/setting.ts';
import { refusal } from '../domain/errors.ts';
import { LEVELS } from '../domain/forecast.ts';
import { parseQuantity } from '../domain/quantity.ts';
import { durationMs, epochMs, minutes, seconds, STEP, type DurationMs } from '../domain/units.ts';
import { TICKS_A_DAY } from '../forecast/replay/cost.ts';
import {
  POLICY_NAMES,
  policyOf,
  type Policy,
  type PolicyName,
  type PolicyPorts,
} from '../forecast/replay/policies.ts';
import { quartersOf, servedFrom, stepsNeeded, truthOf } from '../forecast/replay/quarters.ts';
import { capacityOf, replay, warmUpOf, type Assumptions } from '../forecast/replay/replay.ts';
import { parseTrace, TICK, type Trace } from '../forecast/replay/trace.ts';
import { progressOf, type Terminal } from './progress.ts';
import { frontierOf } from './replay-frontier.ts';
import { missedReplayGates, replayGate } from './replay-gates.ts';
import { issuesOf, seasonalNaiveIssuesOf } from './replay-issues.ts';
import { historyOf } from './replay-history.ts';
import { replayHtml, replaySvg, writeReport } from './replay-report.ts';
import { replayTable, type Replayed } from './replay-table.ts';

export type ReplayFlags = {
  readonly input: string;
  readonly output: string;
  /** Names; none = the reactive one, ours and the bound. */
  readonly policies: readonly string[];
  readonly level?: number;
  /** Durations and a quantity as they were written. */
  readonly leadTime?: string;
  readonly podStart: string;
  readonly capacityCpu?: string;
  readonly min: number;
  readonly max: number;
  readonly limitRatio?: number;
  /** Only the last days of the trace are played, after its warm-up. */
  readonly days?: number;
  readonly gate: readonly string[];
  /** Also short minutes against pod-hours over targets and levels. */
  readonly frontier: boolean;
  readonly podHourCost?: number;
  readonly slo?: number;
  /** An HTML page, and its curve as SVG. */
  readonly report?: string;
  readonly svg?: string;
};

/** What is printed, and the gates that were missed. */
export type ReplayAnswer = { readonly text: string; readonly missed: readonly string[] };

const FORMATS = ['json', 'table', 'text'];
const USUAL_POLICIES: readonly PolicyName[] = [
  'reactive',
  'reactive-tuned',
  'predictive',
  'oracle',
];
/** A pod's start, then the next sync and the next snapshot. */
const BEFORE_THE_START = seconds(75);
const LONGEST_LEAD = minutes(60);
/** As many as a chart has room for. */
const STRETCHES = 800;

/**
 * Plays a trace against an exact HPA, once for each policy.
 *
 * @param terminal is told how far it is.
 * @throws {SelfScalingError} `REQUEST_INVALID` when a flag or the file cannot be understood.
 */
export function runReplay(flags: ReplayFlags, terminal: Terminal): ReplayAnswer {
  if (!FORMATS.includes(flags.output)) throw invalid(`there is no format ${flags.output}`);
  const names = policiesOf(flags.policies);
  const gates = flags.gate.map((written) => replayGate(written, names));
  const options = optionsOf(flags);
  const trace = parseTrace(basename(flags.input, '.csv'), textOf(flags.input));
  const assumptions = assumptionsOf(trace, flags);
  const ports = portsOf(trace, options.lead, assumptions, terminal);
  const policies = names.map((name) => policyOf(name, ports, options));
  const played = policies.map((policy) => playedOf(trace, policy, assumptions));
  const costs = played.map(({ name, cost }) => [name, cost] as const);
  const replayed: Replayed = {
    trace: trace.name,
    policies: Object.fromEntries(costs),
    assumptions: told(trace, assumptions, options.lead, policies),
    ...(isDrawn(flags)
      ? { frontier: frontierOf(trace, ports, options.lead, assumptions, terminal) }
      : {}),
  };
  if (flags.svg !== undefined) writeReport(flags.svg, replaySvg(replayed));
  if (flags.report !== undefined) {
    const histories = played.map(({ name, stretches }) => [name, stretches] as const);
    writeReport(flags.report, replayHtml(replayed, flags, histories));
  }
  const isJson = flags.output === 'json';
  return {
    text: isJson ? JSON.stringify(replayed, undefined, 2) : replayTable(replayed, flags),
    missed: missedReplayGates(gates, replayed.policies),
  };
}

const isDrawn = ({ frontier, report, svg }: ReplayFlags): boolean =>
  frontier || report !== undefined || svg !== undefined;

function playedOf(trace: Trace, policy: Policy, assumptions: Assumptions) {
  const [from, to] = [assumptions.warmUp, trace.demand.length].map((tick) =>
    epochMs(trace.start + tick * TICK),
  );
  const history = historyOf(
    from ?? trace.start,
    to ?? trace.start,
    STRETCHES,
    assumptions.capacity,
  );
  const cost = replay(trace, policy, assumptions, (moment) => history.add(moment));
  return { name: policy.name, cost, stretches: history.stretches() };
}

function policiesOf(asked: readonly string[]): readonly PolicyName[] {
  const names = POLICY_NAMES.filter((name) => asked.includes(name));
  const strangers = asked.filter((name) => !POLICY_NAMES.some((known) => known === name));
  if (strangers.length > 0) {
    throw invalid(
      `no policy is named ${strangers.join(', ')}; there are ${POLICY_NAMES.join(', ')}`,
    );
  }
  return names.length === 0 ? USUAL_POLICIES : names;
}

function optionsOf({ level, leadTime, podStart }: ReplayFlags) {
  const [lowest, highest] = [LEVELS[0], LEVELS.at(-1) ?? 1];
  if (level !== undefined && (level < lowest || level > highest)) {
    throw invalid(`--level is ${level}; it must be ${lowest} to ${highest}`);
  }
  const lead =
    leadTime === undefined
      ? durationMs(durationOf('--pod-start', podStart) + BEFORE_THE_START)
      : durationOf('--lead-time', leadTime);
  if (lead > LONGEST_LEAD) throw invalid('the lead time is longer than 60m');
  return { lead, ...(level === undefined ? {} : { level }) };
}

function assumptionsOf(trace: Trace, flags: ReplayFlags): Assumptions {
  const { min, max, limitRatio, days } = flags;
  if (min < 1 || max < min) throw invalid(`--min ${min} and --max ${max}: need 1 <= min <= max`);
  const usual = warmUpOf(trace);
  const last = days === undefined ? 0 : trace.demand.length - Math.round(days * TICKS_A_DAY);
  const warmUp = Math.max(usual, last);
  const capacity =
    flags.capacityCpu === undefined ? capacityOf(trace, usual) : quantityOf(flags.capacityCpu);
  if (!(capacity > 0)) throw invalid('there is no demand in the warm-up; write --capacity-cpu');
  return {
    capacity,
    podStart: durationOf('--pod-start', flags.podStart),
    minReplicas: min,
    maxReplicas: max,
    warmUp,
    ...(limitRatio === undefined ? {} : { limitRatio }),
  };
}

function portsOf(
  trace: Trace,
  lead: DurationMs,
  { warmUp }: Assumptions,
  terminal: Terminal,
): PolicyPorts {
  const quarters = quartersOf(trace);
  const horizon = stepsNeeded(lead);
  const total = Math.ceil(((trace.demand.length - warmUp) * TICK) / STEP);
  const progress = progressOf('replay', total, terminal);
  let done = 0;
  const tell = (): void => progress((done += 1), 'forecasts');
  return {
    ours: servedFrom(issuesOf(quarters, horizon, tell)),
    seasonalNaive: servedFrom(seasonalNaiveIssuesOf(quarters, horizon)),
    truth: truthOf(quarters),
  };
}

const told = (
  trace: Trace,
  { capacity, podStart, minReplicas, maxReplicas, warmUp, limitRatio }: Assumptions,
  lead: DurationMs,
  policies: readonly Policy[],
): Replayed['assumptions'] => ({
  capacity,
  podStart: podStart / seconds(1),
  lead: lead / seconds(1),
  warmUpDays: warmUp / TICKS_A_DAY,
  days: trace.demand.length / TICKS_A_DAY,
  min: minReplicas,
  max: maxReplicas,
  ...(limitRatio === undefined ? {} : { limitRatio }),
  policies: Object.fromEntries(policies.map((policy) => [policy.name, toldOf(policy)])),
});

function toldOf(policy: Policy): Readonly<Record<string, unknown>> {
  if (policy.kind === 'fixed') return {};
  const { external, resourceTarget, behavior } = policy.hpa;
  return {
    resourceTarget,
    ...(external ? { level: external.level, externalTarget: external.target } : {}),
    window: behavior?.scaleDown.stabilizationWindowSeconds ?? 300,
  };
}

function durationOf(flag: string, written: string): DurationMs {
  const parsed = parseDuration(written);
  if (!parsed.ok) throw invalid(`${flag} is ${written}; write a duration such as 90s or 5m`);
  return parsed.value;
}

function quantityOf(written: string): number {
  const value = parseQuantity(written);
  if (value === undefined || value <= 0) {
    throw invalid(`--capacity-cpu is ${written}; write a quantity such as 500m or 2`);
  }
  return value;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const message = `${file}: cannot be read; name an existing file with --input`;
    throw refusal('REQUEST_INVALID', message, { cause });
  }
}

const invalid = (message: string): Error => refusal('REQUEST_INVALID', message);
