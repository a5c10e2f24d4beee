import { Type } from 'typebox';

export const VersionSchema = Type.Object({
  component: Type.Unsafe<string>({ type: 'string', enum: ['self-scaling'] }),
  version: Type.String({ example: '1.0.0' }),
});

export const HealthySchema = Type.Object({
  status: Type.Unsafe<string>({ type: 'string', enum: ['healthy'] }),
});

export const UnhealthySchema = Type.Object({
  status: Type.Unsafe<string>({ type: 'string', enum: ['unhealthy'] }),
  failing: Type.Array(Type.Object({ name: Type.String(), why: Type.Optional(Type.String()) })),
});

export const DocumentSchema = Type.Object(
  { openapi: Type.String() },
  { additionalProperties: true, description: 'An OpenAPI document.' },
);
