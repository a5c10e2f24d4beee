import { Type, type Static } from 'typebox';

export const Instant = Type.String({ description: 'RFC 3339, UTC.' });
export const OneOf = <T extends string>(...values: readonly T[]) =>
  Type.Unsafe<T>({ type: 'string', enum: values });
export const ResourceName = OneOf('cpu', 'memory');
const Unit = OneOf('cores', 'bytes');
export const closed = { additionalProperties: false } as const;

export const KeyParamsSchema = Type.Object({
  namespace: Type.String({ minLength: 1 }),
  name: Type.String({ minLength: 1 }),
});
export type KeyParams = Static<typeof KeyParamsSchema>;

export const FROM = Type.Optional(Type.String({ description: 'RFC 3339; included.' }));
const TO = Type.Optional(Type.String({ description: 'RFC 3339; not included.' }));

export const HistoryQuerySchema = Type.Object(
  { resource: Type.Optional(ResourceName), from: FROM, to: TO },
  closed,
);
export type HistoryQuery = Static<typeof HistoryQuerySchema>;

export const DecisionsQuerySchema = Type.Object(
  { from: FROM, to: TO, limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })) },
  closed,
);
export type DecisionsQuery = Static<typeof DecisionsQuerySchema>;

export const ReadingSchema = Type.Object(
  {
    kind: OneOf('predicted', 'observed', 'stale', 'failing', 'unknown'),
    unit: Unit,
    value: Type.Optional(Type.Number({ description: 'Absent when it is not known.' })),
    issuedAt: Type.Optional(Instant),
    observedAt: Type.Optional(Instant),
    model: Type.Optional(Type.String()),
    level: Type.Optional(Type.Number()),
    leadTimeSeconds: Type.Optional(Type.Number()),
    ageSeconds: Type.Optional(Type.Number()),
    since: Type.Optional(Instant),
    skill: Type.Optional(
      Type.Number({
        description: '1 - its loss / that of the naive rule, when it was found failing.',
      }),
    ),
  },
  { $id: 'Reading' },
);
export type ReadingJson = Static<typeof ReadingSchema>;
export const ReadingRef = Type.Unsafe<ReadingJson>(Type.Ref('Reading#'));

export const SERIES = {
  namespace: Type.String(),
  name: Type.String(),
  resource: ResourceName,
  unit: Unit,
  start: Type.String({ description: 'Start of the first step, RFC 3339, UTC.' }),
  stepSeconds: Type.Integer(),
};

export const ForecastSchema = Type.Object({
  ...SERIES,
  issuedAt: Instant,
  model: Type.String(),
  run: Type.String(),
  snapshot: Type.String({ description: 'When the snapshot was built that this stands in.' }),
  reading: ReadingRef,
  series: Type.Array(Type.Object({ level: Type.Number(), values: Type.Array(Type.Number()) }), {
    description: 'One per quantile level, ascending; one value per step ahead.',
  }),
});

export const HistorySchema = Type.Object({
  ...SERIES,
  values: Type.Array(Type.Union([Type.Number(), Type.Null()]), {
    description: 'Mean over each step; null where nothing was measured.',
  }),
});

export const DecisionsSchema = Type.Object({
  items: Type.Array(
    Type.Object({
      at: Instant,
      namespace: Type.String(),
      name: Type.String(),
      kind: OneOf('create', 'apply', 'remove', 'leave', 'managed', 'use'),
      actor: Type.String(),
      text: Type.String(),
      reason: Type.Optional(Type.String()),
    }),
    { description: 'Newest first.' },
  ),
});
