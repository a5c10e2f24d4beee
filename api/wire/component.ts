import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { ReadinessStage } from '../../domain/readiness.ts';

const Instant = Type.String({ description: 'RFC 3339, UTC.', example: '2026-11-24T10:15:00Z' });
const Amount = (unit: string) =>
  Type.Object({
    value: Type.Number(),
    unit: Type.Unsafe<string>({ type: 'string', enum: [unit] }),
  });

const MEMBERS = {
  namespace: Type.String({ example: 'shop' }),
  kind: Type.String({ example: 'Deployment' }),
  apiVersion: Type.String({ example: 'apps/v1' }),
  managedBy: Type.Unsafe<'rest' | 'label' | 'namespace' | 'default'>({
    type: 'string',
    enum: ['rest', 'label', 'namespace', 'default'],
    description: 'Who said so; the first that speaks wins, in this order.',
  }),
  otherKinds: Type.Array(Type.String(), {
    description: 'Other kinds of workload of this name in the namespace.',
  }),
  replicas: Type.Integer(),
  replicasReady: Type.Integer(),
  usage: Type.Object(
    { cpu: Amount('cores'), memory: Amount('bytes'), at: Instant },
    { description: 'The last sample, summed over the pods; absent while there is none.' },
  ),
  hpa: Type.Object(
    {
      name: Type.String(),
      currentReplicas: Type.Optional(Type.Integer()),
      desiredReplicas: Type.Optional(Type.Integer()),
    },
    { description: 'Ours; absent where there is none.' },
  ),
  readiness: Type.Object(
    {
      stage: Type.Unsafe<ReadinessStage>({
        type: 'string',
        enum: ['waiting', 'observing', 'suggesting', 'mixing', 'scored', 'weekly'],
      }),
      usableFrom: Type.Optional(Instant),
      weeklyFrom: Type.Optional(Instant),
      reason: Type.String({ example: 'usable from 2026-11-25T10:00:00Z' }),
    },
    {
      description:
        'How much is known of its usage, and when it suffices to act and for weekdays; a gap moves the dates. Absent until read.',
    },
  ),
  conditions: Type.Array(
    Type.Object({
      type: Type.String(),
      status: Type.String(),
      reason: Type.String(),
      message: Type.String(),
    }),
  ),
};
const { usage, hpa, readiness, ...ALWAYS } = MEMBERS;

const NAME = Type.String({ description: 'The name of the workload.', example: 'cart' });
const MANAGED = Type.Boolean({ description: 'Whether we act for it.' });

export const ComponentSchema = Type.Object(
  {
    name: NAME,
    managed: MANAGED,
    ...ALWAYS,
    usage: Type.Optional(usage),
    hpa: Type.Optional(hpa),
    readiness: Type.Optional(readiness),
  },
  { $id: 'Component' },
);
export type ComponentJson = Static<typeof ComponentSchema>;

export const ComponentsSchema = Type.Object({
  components: Type.Array(Type.Unsafe<ComponentJson>(Type.Ref('Component#'))),
});

/** All members that GET shows may be sent back; only `managed` is taken from them. */
const OPTIONAL = Type.Partial(Type.Object(MEMBERS)).properties;
const closed = { additionalProperties: false } as const;

export const ManagedBodySchema = Type.Object(
  { components: Type.Array(Type.Object({ name: NAME, managed: MANAGED, ...OPTIONAL }, closed)) },
  {
    ...closed,
    description:
      'The namespace is needed only where several have the name. The other members that GET shows may ' +
      'stand there; they change nothing, and an entry that carries its managedBy and the value in force ' +
      'is left as it is.',
    examples: [{ components: [{ name: 'cart', namespace: 'shop', managed: true }] }],
  },
);
export type ManagedEntry = Static<typeof ManagedBodySchema>['components'][number];

/** The same but for `managed`, whose faults have a text of their own. */
const ShapeSchema = Type.Object(
  {
    components: Type.Array(
      Type.Object({ name: NAME, ...OPTIONAL, managed: Type.Optional(Type.Unknown()) }, closed),
    ),
  },
  closed,
);

export type ManagedBody =
  | { readonly ok: true; readonly entries: readonly ManagedEntry[] }
  | { readonly ok: false; readonly defect: 'shape' | 'managed' };

export function readManagedBody(body: unknown): ManagedBody {
  if (Value.Check(ManagedBodySchema, body)) return { ok: true, entries: body.components };
  return { ok: false, defect: Value.Check(ShapeSchema, body) ? 'managed' : 'shape' };
}
