import { idOf, type ComponentKey } from '../domain/component.ts';
import { factsName, type ComponentFacts } from '../domain/facts.ts';
import type { Json, SettingEntry } from '../domain/settings.ts';
import { durationMs } from '../domain/units.ts';

/** As a setting keeps them. */
export const toJson = (facts: ComponentFacts): Json => ({
  namespace: facts.key.namespace,
  component: facts.key.component,
  kind: facts.kind,
  otherKinds: facts.otherKinds,
  level: facts.level,
  leadTimeMs: facts.leadTime,
  capacity: { ...facts.capacity },
});

/** The facts among the settings, by component; what is not facts is left out. */
export function factsIn(entries: readonly SettingEntry[]): ReadonlyMap<string, ComponentFacts> {
  const facts = entries.flatMap((entry) => parseFacts(entry) ?? []);
  return new Map(facts.map((one) => [idOf(one.key), one]));
}

/** `undefined` for another setting, and for one that does not say what facts must say. */
function parseFacts({ name, value }: SettingEntry): ComponentFacts | undefined {
  if (!name.startsWith('facts/') || !isObject(value)) return undefined;
  const key = keyIn(value);
  if (key === undefined || name !== factsName(key)) return undefined;
  const { kind, otherKinds, level, leadTimeMs, capacity } = value;
  if (!isText(kind) || !isList(otherKinds) || !otherKinds.every(isText)) return undefined;
  if (!isShare(level) || !isPositive(leadTimeMs)) return undefined;
  const leadTime = durationMs(leadTimeMs);
  return { key, kind, otherKinds, level, leadTime, capacity: capacityIn(capacity) };
}

const keyIn = ({ namespace, component }: JsonObject): ComponentKey | undefined =>
  isText(namespace) && isText(component) ? { namespace, component } : undefined;

function capacityIn(value: Json | undefined): ComponentFacts['capacity'] {
  if (!isObject(value)) return {};
  const { cpu, memory } = value;
  return {
    ...(isPositive(cpu) ? { cpu } : {}),
    ...(isPositive(memory) ? { memory } : {}),
  };
}

type JsonObject = { readonly [member: string]: Json };

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !isList(value);
const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
const isText = (value: Json | undefined): value is string => typeof value === 'string';
const isPositive = (value: Json | undefined): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0;
const isShare = (value: Json | undefined): value is number => isPositive(value) && value < 1;
