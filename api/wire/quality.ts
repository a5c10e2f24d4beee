import { Type, type Static } from 'typebox';
import {
  closed,
  ForecastSchema,
  FROM,
  Instant,
  OneOf,
  ReadingRef,
  ResourceName,
  SERIES,
} from './series.ts';

/** How long before it was valid a forecast was issued: the leads that are frozen, in steps. */
export const STEPS_BEFORE = {
  '15m': 1,
  '30m': 2,
  '1h': 4,
  '2h': 8,
  '4h': 16,
  '12h': 48,
  '24h': 96,
} as const;
export type Before = keyof typeof STEPS_BEFORE;

export const BeforeName = OneOf<Before>('15m', '30m', '1h', '2h', '4h', '12h', '24h');

export const QualityQuerySchema = Type.Object(
  {
    resource: Type.Optional(ResourceName),
    lead: Type.Optional(BeforeName),
    from: FROM,
    to: Type.Optional(Type.String({ description: 'RFC 3339; not included.' })),
  },
  closed,
);
export type QualityQuery = Static<typeof QualityQuerySchema>;

export const ForecastQuerySchema = Type.Object(
  {
    resource: Type.Optional(ResourceName),
    vintage: Type.Optional(
      Type.Unsafe<Before>({ ...BeforeName, description: 'As it was issued so long before.' }),
    ),
    from: Type.Optional(Type.String({ description: 'With vintage only: RFC 3339; included.' })),
    to: Type.Optional(Type.String({ description: 'With vintage only: RFC 3339; not included.' })),
  },
  closed,
);
export type ForecastQuery = Static<typeof ForecastQuerySchema>;

const Share = (description: string) => Type.Number({ description });
const ERRORS = {
  day: Type.String({ description: 'First instant of the UTC day, RFC 3339.' }),
  model: Type.String(),
  mae: Type.Number({ description: 'Cores or bytes.' }),
  mase: Type.Number({ description: 'In multiples of the mean difference between days.' }),
  pinball: Type.Number({ description: 'Scaled quantile loss over the levels 0.1 to 0.9.' }),
  coverage: Share('Share of truths within the 80 % band.'),
  skill: Type.Number({ description: '1 - its loss / that of seasonal naive on the same truth.' }),
  n: Type.Integer({ description: 'Scored values.' }),
};

export const QualitySchema = Type.Object({
  namespace: SERIES.namespace,
  name: SERIES.name,
  resource: SERIES.resource,
  unit: SERIES.unit,
  reading: ReadingRef,
  record: Type.Optional(
    Type.Object(
      {
        skill: ERRORS.skill,
        coverage: ERRORS.coverage,
        belowQ90: Share('Share of truths up to the 90 % level.'),
        bias: Type.Number({ description: 'Mean of truth - median, in scales.' }),
        scored: ERRORS.n,
      },
      { description: 'At the leads that scaling reads; absent while nothing is scored.' },
    ),
  ),
  days: Type.Array(
    Type.Object({
      ...ERRORS,
      leadSeconds: Type.Integer(),
      belowQ90: Type.Optional(Type.Number()),
      bias: Type.Optional(Type.Number()),
    }),
    { description: 'Forecasts as they were issued, by day, lead and model as served.' },
  ),
  trials: Type.Array(Type.Object(ERRORS), {
    description: 'What each model would have said of the last days, at training.',
  }),
  levels: Type.Array(Type.Object({ level: Type.Number(), below: Share('Should be the level.') }), {
    description: 'Share of truths up to each level, at the lead that was asked for.',
  }),
});

const AsIssuedSchema = Type.Object({
  ...SERIES,
  vintage: BeforeName,
  issuedAt: Type.Array(Type.Union([Instant, Type.Null()]), { description: 'Per step.' }),
  model: Type.Array(Type.Union([Type.String(), Type.Null()]), { description: 'Per step.' }),
  series: Type.Array(
    Type.Object({
      level: Type.Number(),
      values: Type.Array(Type.Union([Type.Number(), Type.Null()])),
    }),
    { description: 'One per quantile level; null where nothing was issued.' },
  ),
});

/** The forecast in force; or, where a vintage is asked for, what was said. */
export const ForecastsSchema = Type.Union([ForecastSchema, AsIssuedSchema]);
