import { Type, type Static } from 'typebox';
import { ComponentSchema } from './component.ts';
import { ReadingRef } from './series.ts';

export const ComponentDetailSchema = Type.Object({
  ...ComponentSchema.properties,
  readings: Type.Object({ cpu: ReadingRef, memory: ReadingRef }),
  snapshot: Type.Optional(
    Type.String({
      description: 'When the readings were put together; absent before the first time.',
    }),
  ),
});
export type ComponentDetailJson = Static<typeof ComponentDetailSchema>;

export const ComponentsQuerySchema = Type.Object(
  { namespace: Type.Optional(Type.String()), managed: Type.Optional(Type.Boolean()) },
  { additionalProperties: false },
);
export type ComponentsQuery = Static<typeof ComponentsQuerySchema>;
