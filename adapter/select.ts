import { refusal } from '../domain/errors.ts';
import { parseSelector, type Requirement } from '../domain/selector.ts';
import { seconds, type DurationMs } from '../domain/units.ts';

/** What a label selector asks for: one component, and on what terms. */
export type Wanted = {
  readonly component: string;
  /** Overrides the component's own quantile level. */
  readonly level?: number;
  /** Overrides the component's own lead time. */
  readonly leadTime?: DurationMs;
  /** Whether the selector says anything about the kind of workload. */
  readonly namesKind: boolean;
  /** What the labels of the answer must meet; the overrides are not among them. */
  readonly conditions: readonly Requirement[];
};

const LOWEST_LEVEL = 0.5;
const HIGHEST_LEVEL = 0.99;
const LONGEST_LEAD_SECONDS = 86_400;

/**
 * Reads a label selector of the HPA. `component` must be named by one value, since the HPA adds up
 * whatever it is given; `quantile` and `lead` override; the rest are conditions on the answer's labels.
 *
 * @throws {SelfScalingError} `REQUEST_INVALID`, `SELECTOR_AMBIGUOUS`.
 */
export function parseWanted(labelSelector: string): Wanted {
  const requirements = parseSelector(labelSelector);
  const about = (key: string): Requirement[] => requirements.filter((each) => each.key === key);
  const level = levelIn(about('quantile'));
  const leadTime = leadIn(about('lead'));
  return {
    component: componentIn(about('component')),
    ...(level === undefined ? {} : { level }),
    ...(leadTime === undefined ? {} : { leadTime }),
    namesKind: about('kind').length > 0,
    conditions: requirements.filter(({ key }) => key !== 'quantile' && key !== 'lead'),
  };
}

function componentIn(requirements: readonly Requirement[]): string {
  const named = requirements.filter(isOneValue).map(({ values }) => values[0]);
  const [component = '', ...others] = new Set(named);
  if (component !== '' && others.length === 0) return component;
  throw refusal('SELECTOR_AMBIGUOUS', 'the selector must name one component');
}

const isOneValue = ({ operator, values }: Requirement): boolean =>
  operator === 'in' && values.length === 1;

/** The one value that an override is given, or nothing; every other condition on it is refused. */
function override(requirements: readonly Requirement[], rule: string): string | undefined {
  const [value, ...others] = new Set(requirements.flatMap(({ values }) => values));
  if (requirements.length === 0) return undefined;
  if (value !== undefined && others.length === 0 && requirements.every(isOneValue)) return value;
  throw refusal('REQUEST_INVALID', rule);
}

function levelIn(requirements: readonly Requirement[]): number | undefined {
  const rule = `quantile must be one number from ${LOWEST_LEVEL} to ${HIGHEST_LEVEL}, such as quantile=0.95`;
  const text = override(requirements, rule);
  if (text === undefined) return undefined;
  const level = /^\d?\.\d+$/.test(text) ? Number(text) : Number.NaN;
  if (level >= LOWEST_LEVEL && level <= HIGHEST_LEVEL) return level;
  throw refusal('REQUEST_INVALID', rule);
}

function leadIn(requirements: readonly Requirement[]): DurationMs | undefined {
  const rule = `lead must be one number of whole seconds, at most ${LONGEST_LEAD_SECONDS}, such as lead=300s`;
  const text = override(requirements, rule);
  if (text === undefined) return undefined;
  const lead = /^\d+s$/.test(text) ? Number(text.slice(0, -1)) : Number.NaN;
  if (lead <= LONGEST_LEAD_SECONDS) return seconds(lead);
  throw refusal('REQUEST_INVALID', rule);
}
