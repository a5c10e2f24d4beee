import { bucketOf, withSample, type UsageBucket } from '../../domain/bucket.ts';
import { seededRandom } from '../../domain/random.ts';
import type { Sample } from '../../domain/sample.ts';
import {
  bucketStart,
  bytes,
  cores,
  days,
  durationMs,
  epochMs,
  hours,
  minutes,
  STEP,
  type EpochMs,
} from '../../domain/units.ts';
import { comfortableReplicas, type ComponentTrace, type Demand } from './component-trace.ts';

/** The load of one component, in cores, as a pure function of the instant. */
type Load = (at: EpochMs, shop: Opening) => number;
/** Which shop it is, and when it opens: histories lie before, play after. */
type Opening = { readonly seed: number; readonly opensAt: EpochMs };

const MIB = 2 ** 20;
const HISTORY_OF_THE_NEWCOMER = hours(10);
const NEW_RHYTHM = days(2);
const SPIKE = { before: days(4), within: days(2), lasts: minutes(45), cores: 4 };

/**
 * A small shop with its habits, for the demo: `web` and `cart` have a day and a week, `search` is noisy, `checkout` has
 * one spike that nobody could foresee, `images` changed its rhythm two days before the opening, `nightly` is a batch at
 * 02:00, `newcomer` has ten hours of history, `idle` does nothing. The same seed and opening give
 * the same shop.
 */
export function shop(seed: number, opensAt: EpochMs): ComponentTrace[] {
  const opening = { seed, opensAt };
  return [
    component(opening, 'web', 320, (at) => weekly(at, 0.55) * shopDay(at) + 0.4),
    component(opening, 'cart', 256, (at) => weekly(at, 1.3) * 0.5 * eveningDay(at) + 0.2),
    component(opening, 'search', 384, (at, { seed: s }) => 1.2 + 0.3 * shopDay(at) * gusts(s, at)),
    component(opening, 'checkout', 256, (at, of) => 0.3 + 0.3 * eveningDay(at) + spike(at, of)),
    component(opening, 'images', 512, (at, { opensAt: open }) =>
      at < open - NEW_RHYTHM ? 0.3 + 2 * bump(at, 9, 2) : 0.3 + 2.4 * bump(at, 17, 3),
    ),
    component(opening, 'nightly', 512, (at) => (isNight(at) ? 3 : 0.05)),
    component(opening, 'newcomer', 256, (at) => 0.3 + 0.4 * shopDay(at), HISTORY_OF_THE_NEWCOMER),
    component(opening, 'idle', 64, () => 0.02),
  ];
}

const SAMPLES_A_BUCKET = STEP / minutes(1);

/** What the collector would have stored of the shop in the days before it opens, minute by minute; oldest first. */
export function shopHistory(seed: number, opensAt: EpochMs, historyDays = 14): UsageBucket[] {
  const to = bucketStart(opensAt, STEP);
  return shop(seed, opensAt).flatMap((trace) => {
    const from = Math.max(to - days(historyDays), Math.ceil(trace.since / STEP) * STEP);
    const count = Math.max(0, (to - from) / STEP);
    return Array.from({ length: count }, (_, index) =>
      bucketAt(trace, epochMs(from + index * STEP)),
    ).filter((bucket) => bucket !== undefined);
  });
}

function bucketAt(trace: ComponentTrace, start: EpochMs): UsageBucket | undefined {
  let bucket: UsageBucket | undefined;
  for (let minute = 0; minute < SAMPLES_A_BUCKET; minute += 1) {
    const at = epochMs(start + minutes(minute));
    const usage = trace.usageAt(at);
    if (usage === undefined) continue;
    const replicasReady = comfortableReplicas(trace, usage);
    const sample: Sample = { key: trace.key, at, ...usage, replicasReady, podsMissing: 0 };
    bucket = bucket === undefined ? bucketOf(sample, start) : withSample(bucket, sample);
  }
  return bucket;
}

function component(
  opening: Opening,
  name: string,
  baseMib: number,
  load: Load,
  history = days(3650),
): ComponentTrace {
  const since = epochMs(opening.opensAt - history);
  const letters = Array.from(name, (letter) => letter.charCodeAt(0));
  const salt = letters.reduce((hash, letter) => Math.imul(hash, 31) + letter, 7);
  return {
    key: { namespace: 'shop', component: name },
    kind: 'Deployment',
    requests: { cpu: cores(0.5), memory: bytes(512 * MIB), missing: [] },
    since,
    usageAt(at): Demand | undefined {
      if (at < since) return undefined;
      const jitter = 1 + 0.04 * wobble(opening.seed + salt, at, minutes(15));
      const busy = load(at, opening) * jitter;
      const warmth = 1 + 0.02 * wobble(opening.seed - salt, at, hours(3));
      return { cpu: cores(busy), memory: bytes(Math.round((baseMib + 300 * busy) * warmth * MIB)) };
    },
  };
}

const hourOfDay = (at: EpochMs): number => (at % days(1)) / hours(1);

/** 1 at `hour` UTC, falling off with `width` hours to either side, around midnight too. */
function bump(at: EpochMs, hour: number, width: number): number {
  const apart = Math.abs(hourOfDay(at) - hour);
  return Math.exp(-0.5 * (Math.min(apart, 24 - apart) / width) ** 2);
}

const shopDay = (at: EpochMs): number => 3.6 * bump(at, 11, 2.8) + 3 * bump(at, 19, 2);
const eveningDay = (at: EpochMs): number => 1.6 * bump(at, 12, 3) + 4 * bump(at, 20, 2.2);
const isNight = (at: EpochMs): boolean => hourOfDay(at) >= 2 && hourOfDay(at) < 3.5;

/** 1 on working days, `weekend` on Saturday and Sunday; the epoch was a Thursday. */
const weekly = (at: EpochMs, weekend: number): number =>
  ((Math.floor(at / days(1)) + 4) % 7) % 6 === 0 ? weekend : 1;

/** Between 0.3 and 1.7, another every few minutes. */
const gusts = (seed: number, at: EpochMs): number => 1 + 0.7 * wobble(seed, at, minutes(5));

function spike(at: EpochMs, { seed, opensAt }: Opening): number {
  const begins = opensAt - SPIKE.before + seededRandom(seed)() * SPIKE.within;
  return at >= begins && at < begins + SPIKE.lasts ? SPIKE.cores : 0;
}

/** Noise between -1 and 1 without a memory: chance at the ends of each span, a straight line between. */
function wobble(seed: number, at: EpochMs, span: number): number {
  const index = Math.floor(at / span);
  const share = durationMs(at % span) / span;
  const left = chanceAt(seed, index);
  return left + (chanceAt(seed, index + 1) - left) * share;
}

const chanceAt = (seed: number, index: number): number =>
  2 * seededRandom(Math.imul(seed + 1, 0x9e3779b1) + Math.imul(index, 0x85ebca6b))() - 1;
