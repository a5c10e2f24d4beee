import type { UsageBucket } from '../domain/bucket.ts';
import { idOf } from '../domain/component.ts';
import type { Decision } from '../domain/decision.ts';
import { refusal, type SelfScalingError } from '../domain/errors.ts';
import type { IssuedFor } from '../domain/forecast.ts';
import { packIssue, type PackedIssue } from '../domain/packed-forecast.ts';
import type { Score } from '../domain/score.ts';
import type { SettingEntry } from '../domain/settings.ts';
import { bytes, cores } from '../domain/units.ts';
import { checkedKey, checkedName, count, finite, wholeSeconds } from './names.ts';

/* Each function refuses with `REQUEST_INVALID` what no store may keep; stores call it before they write anything. */

export function checkedBucket(bucket: UsageBucket): UsageBucket {
  checkedKey(bucket.key);
  wholeSeconds(bucket.start, 'the start of a bucket');
  return {
    key: bucket.key,
    start: bucket.start,
    cpu: cores(finite(bucket.cpu, 'cpu')),
    cpuMax: cores(finite(bucket.cpuMax, 'cpuMax')),
    memory: bytes(finite(bucket.memory, 'memory')),
    memoryMax: bytes(finite(bucket.memoryMax, 'memoryMax')),
    replicasReady: finite(bucket.replicasReady, 'replicasReady'),
    podsMissing: count(bucket.podsMissing, 'podsMissing'),
    sampleCount: count(bucket.sampleCount, 'sampleCount'),
  };
}

/** Packed as it is stored; it must have as many rows as levels, all of one length, all finite. */
export function checkedIssue(forecast: IssuedFor): PackedIssue {
  checkedKey(forecast.key);
  count(forecast.issued.issuedAt, 'the moment of issue');
  wholeSeconds(forecast.issued.forecast.start, 'the start of a forecast');
  const { levels, values: rows } = forecast.issued.forecast;
  const horizon = rows[0]?.length ?? 0;
  if (horizon === 0 || rows.length !== levels.length) {
    throw misshapen(forecast, `has ${rows.length} rows for ${levels.length} levels`);
  }
  if (rows.some((row) => row.length !== horizon)) throw misshapen(forecast, 'has unequal rows');
  if (!rows.every((row) => row.every(Number.isFinite))) throw misshapen(forecast, 'is not finite');
  const packed = packIssue(forecast);
  if (!packed.scales.every(Number.isFinite)) throw misshapen(forecast, 'is too large');
  return packed;
}

const misshapen = ({ key, resource }: IssuedFor, how: string): SelfScalingError =>
  refusal('REQUEST_INVALID', `the ${resource} forecast of ${idOf(key)} ${how}`);

export function checkedScore(score: Score): Score {
  checkedKey(score.key);
  checkedName(score.model, 'model');
  count(score.at, 'the moment of scoring');
  return {
    ...score,
    lead: count(score.lead, 'lead'),
    mae: finite(score.mae, 'mae'),
    mase: finite(score.mase, 'mase'),
    pinball: finite(score.pinball, 'pinball'),
    coverage: finite(score.coverage, 'coverage'),
    skill: finite(score.skill, 'skill'),
    n: count(score.n, 'n'),
    ...(score.bias === undefined ? {} : { bias: finite(score.bias, 'bias') }),
    ...(score.belowQ90 === undefined ? {} : { belowQ90: finite(score.belowQ90, 'belowQ90') }),
  };
}

export function checkedSetting(entry: SettingEntry): SettingEntry {
  checkedName(entry.name, 'setting');
  return entry;
}

export function checkedDecision(decision: Decision): Decision {
  checkedKey(decision.key);
  count(decision.at, 'the moment of a decision');
  return decision;
}
