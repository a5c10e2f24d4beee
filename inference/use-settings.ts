import { idOf, RESOURCES, type ComponentKey } from '../domain/component.ts';
import type { Json, SettingEntry } from '../domain/settings.ts';
import { epochMs } from '../domain/units.ts';
import {
  useName,
  type AdaptedLevel,
  type Failing,
  type ForecastUse,
  type ResourceUse,
} from '../domain/use.ts';
import { isWithinReach } from './adapt.ts';

/** Of `Date`. */
const LAST_INSTANT = 8.64e15;

/** As a setting keeps it; `null`, which removes it, when nothing is to be said. */
export function useJson({ key, ...use }: ForecastUse): Json {
  const told = RESOURCES.flatMap((resource): [string, Json][] => {
    const { failing, adapted } = use[resource] ?? {};
    if (failing === undefined && adapted === undefined) return [];
    return [
      [
        resource,
        {
          ...(failing === undefined ? {} : { failing: { ...failing } }),
          ...(adapted === undefined ? {} : { adapted: { ...adapted } }),
        },
      ],
    ];
  });
  if (told.length === 0) return null;
  return { namespace: key.namespace, component: key.component, ...Object.fromEntries(told) };
}

/** The uses among the settings, by component; what is none is left out, and then the forecast is used as it is. */
export function usesIn(entries: readonly SettingEntry[]): ReadonlyMap<string, ForecastUse> {
  const uses = entries.flatMap((entry) => parseUse(entry) ?? []);
  return new Map(uses.map((one) => [idOf(one.key), one]));
}

function parseUse({ name, value }: SettingEntry): ForecastUse | undefined {
  if (!name.startsWith('use/') || !isObject(value)) return undefined;
  const { namespace, component } = value;
  if (typeof namespace !== 'string' || typeof component !== 'string') return undefined;
  const key: ComponentKey = { namespace, component };
  if (name !== useName(key)) return undefined;
  const told = RESOURCES.map((resource) => [resource, resourceUse(value[resource])] as const);
  return { key, ...Object.fromEntries(told) };
}

function resourceUse(value: Json | undefined): ResourceUse {
  if (!isObject(value)) return {};
  const failing = failingIn(value['failing']);
  const adapted = adaptedIn(value['adapted']);
  return {
    ...(failing === undefined ? {} : { failing }),
    ...(adapted === undefined ? {} : { adapted }),
  };
}

function failingIn(value: Json | undefined): Failing | undefined {
  if (!isObject(value)) return undefined;
  const { since, skill, scored, by } = value;
  if (!isInstant(since) || !isNumber(skill) || !isNumber(scored)) return undefined;
  if (by !== 'record' && by !== 'trial') return undefined;
  return { since: epochMs(since), skill, scored, by };
}

function adaptedIn(value: Json | undefined): AdaptedLevel | undefined {
  if (!isObject(value)) return undefined;
  const { target, level, seen } = value;
  if (!isShare(target) || !isShare(level) || !isInstant(seen)) return undefined;
  if (!isWithinReach(level, target)) return undefined;
  return { target, level, seen: epochMs(seen) };
}

type JsonObject = { readonly [member: string]: Json };

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isNumber = (value: Json | undefined): value is number =>
  typeof value === 'number' && Number.isFinite(value);
/** One that can be told as a date. */
const isInstant = (value: Json | undefined): value is number =>
  isNumber(value) && Math.abs(value) <= LAST_INSTANT;
const isShare = (value: Json | undefined): value is number =>
  isNumber(value) && value > 0 && value < 1;
