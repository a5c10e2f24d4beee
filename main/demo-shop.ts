import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { importCsv } from '../collector/import-csv.ts';
import type { UsageBucket } from '../domain/bucket.ts';
import { idOf } from '../domain/component.ts';
import { refusal } from '../domain/errors.ts';
import { bucketStart, bytes, cores, days, epochMs, STEP, type EpochMs } from '../domain/units.ts';
import type { ComponentTrace } from '../forecast/replay/component-trace.ts';
import { shop, shopHistory } from '../forecast/replay/shop.ts';
import type { DemoFlags } from './demo-setup.ts';
import { linesOf } from './lines-of.ts';

/** What is played: traces for the simulated cluster, and the history that lies before the opening. */
export type Play = {
  readonly traces: readonly ComponentTrace[];
  readonly history: readonly UsageBucket[];
};

const ASSUMED_MEMORY = 2 ** 28;
const REQUEST_SHARE = 0.25;
/** A memory that never changes says nothing: one pod carries it, and the rest of the trace decides. */
const REQUEST_SHARE_OF_CONSTANT = 2;

/** The shop of this seed, as it opens at that instant. */
export const shopPlay = (seed: number, opensAt: EpochMs): Play => ({
  traces: shop(seed, opensAt),
  history: shopHistory(seed, opensAt),
});

/**
 * A trace of the user's own: moved in time so that it ends when the play begins, then played on by repeating the
 * value of whole days, where there are, whole weeks before.
 */
export async function tracePlay(
  file: string,
  opensAt: EpochMs,
  signal: AbortSignal,
): Promise<Play> {
  const read: UsageBucket[] = [];
  const sink = {
    appendHistory: async (buckets: readonly UsageBucket[]) => void read.push(...buckets),
  };
  const options = { namespace: 'shop', component: 'trace', memoryBytes: ASSUMED_MEMORY };
  const { to } = await importCsv(linesOf(file), options, sink, signal);
  const shift = bucketStart(opensAt, STEP) - to;
  const history = read.map((bucket) => ({ ...bucket, start: epochMs(bucket.start + shift) }));
  const byComponent = Map.groupBy(history, ({ key }) => idOf(key));
  return { history, traces: [...byComponent.values()].map(traceOf) };
}

function traceOf(buckets: readonly UsageBucket[]): ComponentTrace {
  const [first] = buckets;
  if (first === undefined) throw refusal('REQUEST_INVALID', 'the trace has no values');
  const byStart = new Map(buckets.map((bucket) => [Number(bucket.start), bucket]));
  const last = buckets.reduce((latest, { start }) => Math.max(latest, start), 0);
  const before = (at: EpochMs): UsageBucket | undefined => {
    const start = bucketStart(at, STEP);
    for (const season of [days(7), days(1)]) {
      const back = Math.max(0, Math.ceil((start - last) / season)) * season;
      const found = byStart.get(start - back);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const peak = buckets.reduce((most, { cpu }) => Math.max(most, cpu), 0);
  const memories = buckets.map(({ memory }) => memory);
  const peakMemory = memories.reduce((most, memory) => Math.max(most, memory), 0);
  const isConstant = memories.every((memory) => memory === memories[0]);
  const memoryShare = isConstant ? REQUEST_SHARE_OF_CONSTANT : REQUEST_SHARE;
  return {
    key: first.key,
    kind: 'Deployment',
    requests: {
      cpu: cores(Math.max(peak * REQUEST_SHARE, 0.01)),
      memory: bytes(Math.max(peakMemory * memoryShare, 2 ** 20)),
      missing: [],
    },
    usageAt: (at) => {
      const bucket = before(at);
      return bucket === undefined ? undefined : { cpu: bucket.cpu, memory: bucket.memory };
    },
    since: first.start,
  };
}

/** What is played, and since when. `input` is the name of a trace's file; absent for the shop. */
type Opening = { readonly seed: number; readonly opensAt: EpochMs; readonly input?: string };

/**
 * When this folder's play opened: kept with its data, so that a second start plays the same on.
 *
 * @throws {SelfScalingError} `CONFIG_INVALID` when the folder cannot be used, or holds another play.
 */
export async function openingIn(
  folder: string,
  { seed, input }: Pick<DemoFlags, 'seed' | 'input'>,
  now: EpochMs,
): Promise<Opening> {
  const file = join(folder, 'opening.json');
  const wanted = { seed, ...(input === undefined ? {} : { input: basename(input) }) };
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) {
    const opening = { ...wanted, opensAt: bucketStart(now, STEP) };
    await keep(folder, file, opening);
    return opening;
  }
  const known = openingOf(text);
  if (known?.seed === seed && known.input === wanted.input) return known;
  throw refusal(
    'CONFIG_INVALID',
    `${folder} holds ${known === undefined ? 'what cannot be read' : playOf(known)}, not ${playOf(wanted)}; name another folder with --data, or remove it`,
  );
}

const playOf = ({ seed, input }: Omit<Opening, 'opensAt'>): string =>
  input === undefined ? `the shop of seed ${seed}` : `the trace ${input}`;

async function keep(folder: string, file: string, opening: Opening): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(file, JSON.stringify(opening));
  } catch (cause) {
    throw refusal(
      'CONFIG_INVALID',
      `${folder} cannot be written; name another folder with --data`,
      { cause },
    );
  }
}

function openingOf(text: string): Opening | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isOpening(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isOpening = (value: unknown): value is Opening =>
  typeof value === 'object' &&
  value !== null &&
  'seed' in value &&
  'opensAt' in value &&
  typeof value.opensAt === 'number';
