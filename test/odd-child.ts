import { LEVELS } from '../domain/forecast.ts';

/** A child for `forecast/training/process.ts` that behaves as the name of the component says it should. */
type Asked = {
  readonly id: number;
  readonly job: { readonly key: { readonly component: string } };
  readonly plan: { readonly horizon: number };
};

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
  BEHAVIOURS[asked.job.key.component]?.(asked);
});

const tell = (id: number, reason: string): void =>
  void process.send?.({ id, answer: { kind: 'failed', reason } });

function forecast({ id, plan }: Asked, valueAt: (level: number) => number): void {
  const values = LEVELS.map((level) => new Float64Array(plan.horizon).fill(valueAt(level)));
  const scores = [{ model: 'odd', mae: Number.NaN }];
  process.send?.({ id, answer: { kind: 'forecast', model: 'odd', forecast: { values }, scores } });
}
