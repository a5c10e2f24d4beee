/**
 * What training costs, with its child processes as they are in production: choosing for 100 components x 2 resources x
 * 28 days, then renewing 10,000 components x 2 resources (`--components N`), each step of which reads one new bucket.
 * Run with `npm run bench:training`.
 */
import { parseArgs } from 'node:util';
import type { ComponentKey } from '../domain/component.ts';
import { systemClock } from '../domain/clock.ts';
import type { HistoryColumn } from '../domain/history.ts';
import { LEVELS } from '../domain/forecast.ts';
import { seededRandom } from '../domain/random.ts';
import { series } from '../domain/series.ts';
import { days, epochMs, STEP, STEPS_A_DAY, type EpochMs, type Window } from '../domain/units.ts';
import { MODELS } from '../forecast/models/catalogue.ts';
import type { ComponentMemory } from '../forecast/training/choice-memory.ts';
import type { TrainJob, TrainPorts } from '../forecast/training/ports.ts';
import { forkedForecaster } from '../forecast/training/process.ts';
import { recentRing } from '../forecast/training/recent.ts';
import { WHOLE } from '../forecast/training/shards.ts';
import { trainAll } from '../forecast/training/train.ts';
import { startMeasuring } from '../main/energy-meter.ts';

const CHOSEN = 100;
const HISTORY_DAYS = 28;
const MICROSECONDS = 1e6;
const MEBIBYTE = 2 ** 20;
const NOW = epochMs(1_795_514_400_000);
const GATES = {
  chooseCpuSeconds: 60,
  childMiB: 300,
  networkMs: 0.6,
  inferenceSeconds: 15,
  renewSeconds: 60,
};
const FLEET = 20_000;

const { values: flags } = parseArgs({ options: { components: { type: 'string' } } });
const COMPONENTS = Number(flags.components ?? 10_000);

/** A noisy day, a weekend and a gap of three hours; a hundred different ones. */
const columns = Array.from({ length: CHOSEN }, (_, index) => {
  const random = seededRandom(index);
  return Float64Array.from({ length: (HISTORY_DAYS + 1) * STEPS_A_DAY }, (__, step) => {
    const weekend = Math.floor(step / STEPS_A_DAY) % 7 < 2 ? 0.5 : 1;
    const value = 2 + weekend * Math.sin((2 * Math.PI * step) / STEPS_A_DAY) + random();
    return step > 1000 && step < 1013 ? Number.NaN : value;
  });
});
const BEGAN = NOW - days(HISTORY_DAYS);

function columnOf(key: ComponentKey, index: number, { from, to }: Window): HistoryColumn {
  const first = Math.max(0, Math.round((from - BEGAN) / STEP));
  const all = columns[index % CHOSEN]?.subarray(first, Math.round((to - BEGAN) / STEP));
  const steps = Array.from(all ?? [], (value, step) => ({ value, step })).filter(
    ({ value }) => !Number.isNaN(value),
  );
  return {
    key,
    starts: Float64Array.from(steps, ({ step }) => BEGAN + (first + step) * STEP),
    values: Float64Array.from(steps, ({ value }) => value),
  };
}

let written = 0;
const remembered = new Map<string, ComponentMemory>();
function portsOf(components: number): TrainPorts {
  const keys = Array.from({ length: components }, (_, index) => ({
    namespace: 'bench',
    component: `c${index}`,
  }));
  const history: TrainPorts['history'] = {
    async *readHistory(asked, _, window) {
      const of = asked === 'everybody' ? keys : asked;
      for (const key of of) yield columnOf(key, Number(key.component.slice(1)), window);
    },
  };
  return {
    history,
    recent: recentRing(history, days(15), WHOLE),
    choices: {
      remembered: () => remembered,
      async remember(chosen) {
        for (const { key, memory } of chosen) {
          const id = `${key.namespace}/${key.component}`;
          remembered.set(id, { ...remembered.get(id), ...memory });
        }
      },
    },
    future: { writeFuture: async (forecasts) => void (written += forecasts.length) },
    scores: { writeScores: async () => undefined },
    forecaster: forkedForecaster({
      memoryMiB: 256,
      forks: 1,
      sleep: (duration, signal) => systemClock.sleep(duration, signal),
    }),
  };
}

const rows: (readonly [string, string])[] = [];
async function measure(name: string, ports: TrainPorts, about: Pick<TrainJob, 'choose' | 'now'>) {
  written = 0;
  const measured = await startMeasuring();
  const { results, used } = await trainAll(
    ports,
    { historyDays: HISTORY_DAYS, futureDays: 1, run: 'bench', ...about },
    () => undefined,
    new AbortController().signal,
  );
  const { cpuSeconds: own, wallSeconds, rssBytes } = await measured();
  const cpuSeconds = own + used.cpuSeconds;
  const kinds = [...Map.groupBy(results, ({ result }) => result)].map(
    ([result, all]) => `${all.length} ${result}`,
  );
  rows.push(
    [`${name}: components`, kinds.join(', ')],
    [
      `${name}: CPU seconds (of the child)`,
      `${cpuSeconds.toFixed(1)} (${used.cpuSeconds.toFixed(1)})`,
    ],
    [`${name}: seconds`, wallSeconds.toFixed(1)],
    [`${name}: CPU milliseconds a series`, ((1000 * cpuSeconds) / written).toFixed(2)],
    [`${name}: peak RSS of the child, MiB`, (used.maxRssBytes / MEBIBYTE).toFixed(0)],
    [`${name}: RSS of this process, MiB`, (rssBytes / MEBIBYTE).toFixed(0)],
  );
  return { cpuSeconds, series: written, childMiB: used.maxRssBytes / MEBIBYTE };
}

/** Of one series of 15 days, a day ahead. */
function networkMs(): number {
  const model = MODELS.find(({ isPretrained = false }) => isPretrained);
  const values = columns[0]?.subarray(-15 * STEPS_A_DAY).map((value) => value || 1);
  const made = series(epochMs(0), STEP, values ?? new Float64Array(1));
  if (model === undefined || !made.ok) throw new Error('there is no network to measure');
  const once = (): unknown => model.fit(made.series).predict(STEPS_A_DAY, LEVELS);
  for (let warm = 0; warm < 1000; warm += 1) once();
  const began = process.cpuUsage();
  const times = 1000;
  for (let time = 0; time < times; time += 1) once();
  const { user, system } = process.cpuUsage(began);
  return ((user + system) / MICROSECONDS / times) * 1000;
}

const later = (steps: number): EpochMs => epochMs(NOW + steps * STEP);
// Before the fleet fills the memory: in production a child forecasts that holds none.
const network = networkMs();
const chosen = await measure('choosing', portsOf(CHOSEN), { choose: 'all', now: NOW });
// What was chosen for the hundred stands for all.
const pattern = Array.from(
  { length: CHOSEN },
  (_, index) => remembered.get(`bench/c${index}`) ?? {},
);
for (let index = 0; index < COMPONENTS; index += 1) {
  remembered.set(`bench/c${index}`, pattern[index % CHOSEN] ?? {});
}
const many = portsOf(COMPONENTS);
await measure('first renewal, reading 15 days', many, { choose: 'due', now: later(1) });
const renewed = await measure('renewal, reading one step', many, { choose: 'due', now: later(2) });
const inference = (network * FLEET) / 1000;
rows.push(
  ['network, CPU milliseconds a series, a day ahead', network.toFixed(3)],
  [`the same of ${FLEET} series, CPU seconds`, inference.toFixed(1)],
);
for (const [name, value] of rows) process.stdout.write(`${value}\t${name}\n`);

const missed = [
  chosen.cpuSeconds > GATES.chooseCpuSeconds
    ? `choosing took more than ${GATES.chooseCpuSeconds} CPU s`
    : '',
  chosen.childMiB > GATES.childMiB ? `the child took more than ${GATES.childMiB} MiB` : '',
  network > GATES.networkMs ? `the network took more than ${GATES.networkMs} ms` : '',
  inference > GATES.inferenceSeconds
    ? `${FLEET} series took more than ${GATES.inferenceSeconds} s of inference`
    : '',
  renewed.series < 2 * COMPONENTS ? `only ${renewed.series} series were renewed` : '',
  renewed.cpuSeconds > GATES.renewSeconds
    ? `renewal took more than ${GATES.renewSeconds} CPU s`
    : '',
].filter((text) => text !== '');
for (const text of missed) process.stdout.write(`missed: ${text}\n`);
process.exitCode = missed.length > 0 ? 5 : 0;
