import { LEVELS } from '../domain/forecast.ts';

/** A child for `forecast/training/process.ts` that behaves as the name of the component says it should. */
type Asked = {
  readonly id: number;
  readonly jobs: readonly { readonly key: { readonly component: string } }[];
  readonly plan: { readonly horizon: number };
};
const used = { cpuSeconds: 2, maxRssBytes: 1e8 };

const BEHAVIOURS: Readonly<Record<string, (asked: Asked) => void>> = {
  good: (asked) => forecast(asked, (level) => level),
  infinite: (asked) => forecast(asked, () => Number.POSITIVE_INFINITY),
  crossing: (asked) => forecast(asked, (level) => -level),
  short: (asked) => forecast({ ...asked, plan: { horizon: 3 } }, (level) => level),
  nonsense: () => process.send?.('what?'),
  stranger: ({ id }) => tell(id + 1, 'mine?'),
  environment: ({ id }) => tell(id, JSON.stringify(process.env)),
  pid: ({ id }) => tell(id, `${process.pid}`),
  stubborn: ({ id }) => {
    process.on('SIGTERM', () => undefined);
    tell(id, `${process.pid}`);
  },
  silent: () => undefined,
  leaving: () => process.exit(3),
  killed: () => process.kill(process.pid, 'SIGKILL'),
  hog: () => {
    for (const kept: object[] = []; ;) kept.push(Array.from({ length: 1_000 }, () => ({})));
  },
  mute: () => {
    setInterval(() => undefined, 1_000);
    process.disconnect();
  },
};

process.on('message', (message) => {
  const asked = message as Asked;
  // Well behaved together, unless one of them is not.
  const odd = asked.jobs.find(({ key }) => key.component !== 'good') ?? asked.jobs[0];
  BEHAVIOURS[odd?.key.component ?? '']?.(asked);
});

const tell = (id: number, reason: string): void =>
  void process.send?.({ id, answers: [{ kind: 'failed', reason }], used });

function forecast({ id, jobs, plan }: Asked, valueAt: (level: number) => number): void {
  const values = LEVELS.map((level) => new Float64Array(plan.horizon).fill(valueAt(level)));
  const scores = [{ model: 'odd', mae: Number.NaN }];
  const answer = { kind: 'forecast', how: 'trained', model: 'odd', forecast: { values }, scores };
  process.send?.({ id, answers: jobs.map(() => answer), used });
}
