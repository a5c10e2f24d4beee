import { Type, type Static } from 'typebox';

const Instant = Type.String({ description: 'RFC 3339, UTC.' });
const OneOf = <T extends string>(...values: readonly T[]) =>
  Type.Unsafe<T>({ type: 'string', enum: values });

export const RunSchema = Type.Object(
  {
    id: Type.String({ example: 'train-1795515300000' }),
    kind: OneOf('train', 'inference'),
    state: OneOf('waiting', 'running', 'done', 'failed'),
    trigger: OneOf('rest', 'schedule', 'start'),
    done: Type.Integer({ description: 'Components done.' }),
    total: Type.Integer({ description: 'Of so many; 0 while that is not known.' }),
    attempts: Type.Integer({ description: 'How often it was taken; a dead owner is replaced.' }),
    createdAt: Instant,
    startedAt: Type.Optional(Instant),
    endedAt: Type.Optional(Instant),
    reason: Type.Optional(Type.String({ description: 'Why it failed.' })),
    cost: Type.Optional(
      Type.Object(
        {
          cpuSeconds: Type.Number(),
          wallSeconds: Type.Number(),
          series: Type.Integer({ description: 'Series that were forecast.' }),
          seriesPerCpuSecond: Type.Number(),
          maxRssBytes: Type.Integer({ description: 'Of the largest process.' }),
          wattHours: Type.Number(),
          gramsCo2e: Type.Number(),
          method: OneOf('rapl', 'cpu-time'),
        },
        { description: 'What it took; absent until it has ended.' },
      ),
    ),
    tuning: Type.Optional(
      Type.String({ description: 'What came of tuning the network to this cluster.' }),
    ),
    joined: Type.Optional(Type.Boolean({ description: 'It was under way already.' })),
    components: Type.Array(
      Type.Object({
        namespace: Type.String(),
        name: Type.String(),
        result: OneOf('trained', 'reused', 'applied', 'skipped', 'failed'),
        reason: Type.Optional(Type.String()),
      }),
    ),
  },
  { $id: 'Run' },
);
export type RunJson = Static<typeof RunSchema>;

export const RunRef = Type.Unsafe<RunJson>(Type.Ref('Run#'));

export const RunsSchema = Type.Object({
  items: Type.Array(RunRef, { description: 'Newest first.' }),
  total: Type.Integer(),
});

export const RunParamsSchema = Type.Object({ id: Type.String({ minLength: 1 }) });
export type RunParams = Static<typeof RunParamsSchema>;

export const RunQuerySchema = Type.Object(
  {
    wait: Type.Optional(
      Type.String({
        pattern: '^(?:[1-9]|[1-5]\\d|60)s$',
        description: 'Answer when the run has ended, or after so long: 1s to 60s.',
      }),
    ),
  },
  { additionalProperties: false },
);
export type RunQuery = Static<typeof RunQuerySchema>;
