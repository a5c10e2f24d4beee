/**
 * Makes values.schema.json and the table of README.md from values.yaml and the settings of the program, so that neither
 * can be wrong. Run with `npm run accept`.
 */
import { isMap, isScalar, parseDocument, type Pair, type YAMLMap } from 'yaml';
import { ALL_SETTINGS } from '../config/schema.ts';

/** One leaf of values.yaml: where it is, what it is when nobody says, and what its comment says of it. */
export type Leaf = {
  readonly path: string;
  readonly fallback: unknown;
  readonly says: string;
};

type Schema = { readonly [member: string]: unknown };

const closed = (properties: Readonly<Record<string, Schema>>): Schema => ({
  type: 'object',
  additionalProperties: false,
  properties,
});
const texts: Schema = { type: 'object', additionalProperties: { type: 'string' } };
const objects: Schema = { type: 'array', items: { type: 'object' } };
const textList: Schema = { type: 'array', items: { type: 'string' } };
const quantity: Schema = { type: 'string', pattern: '^[0-9.]+([KMGTPE]i?)?$' };
const goDuration: Schema = { type: 'string', pattern: '^([0-9]+(ms|s|m|h))+$' };
const replicas: Schema = { type: ['integer', 'null'], minimum: 1 };
const portNumber: Schema = { type: 'integer', minimum: 1, maximum: 65_535 };
const automatic: Schema = { enum: ['auto', true, false] };

/** What a default does not say of itself, by the last members of a path. */
const SPECIAL: readonly (readonly [RegExp, Schema])[] = [
  [/^scope\.|^networkPolicy\.apiServerCIDRs$|\.extraArgs$/, textList],
  [/^topology$/, { enum: ['split', 'single'] }],
  [/^fullnameOverride$/, { type: 'string', maxLength: 40 }],
  [/^config$/, configSchema()],
  [/(^image|\.image)\.digest$/, { type: 'string', pattern: '^(sha256:[0-9a-f]{64})?$' }],
  [/(^image|\.image)\.repository$/, { type: 'string', minLength: 1 }],
  [/\.image\.tag$/, { type: 'string', minLength: 1, not: { const: 'latest' } }],
  [/\.pullPolicy$/, { enum: ['Always', 'IfNotPresent', 'Never'] }],
  [/\.replicas$/, replicas],
  [/^service\..*Port$|^passThrough\.port$/, portNumber],
  [/^apiService\.create$|\.pdb\.enabled$/, automatic],
  [/^tls\.mode$/, { enum: ['self', 'certManager', 'existingSecret'] }],
  [/^grafana\.language$/, { enum: ['flux', 'influxql'] }],
  [/^networkPolicy\.flavor$/, { enum: ['kubernetes', 'cilium'] }],
  [/\.size$/, quantity],
  [/\.duration$|\.renewBefore$|\.interval$|^bootstrap\.wait$/, goDuration],
  [/\.maxUnavailable$/, { type: ['integer', 'string'] }],
  [/\.topologySpreadConstraints$/, { type: ['array', 'null'] }],
  [/\.(resources|affinity|issuerRef)$/, { type: 'object' }],
  [/^extraObjects$/, { type: 'array', items: { type: ['string', 'object'] } }],
  [/\.count$|Concurrency$|Bytes$|Limit$|Seconds$/, { type: 'integer', minimum: 1 }],
];

/** What must hold between values: each broken one is refused with its path. */
const TOGETHER: readonly Schema[] = [
  when(
    { topology: { const: 'single' } },
    { influxdb: { properties: { enabled: { const: false } } } },
  ),
  when(
    { influxdb: has('external', { properties: { url: { minLength: 1 } }, required: ['url'] }) },
    {
      influxdb: {
        properties: {
          enabled: { const: false },
          external: { properties: { existingSecret: { minLength: 1 } } },
        },
      },
    },
  ),
  when(
    { topology: { const: 'split' }, influxdb: has('enabled', { const: false }) },
    { influxdb: { properties: { external: { properties: { url: { minLength: 1 } } } } } },
  ),
  when(
    { keda: has('enabled', { const: true }) },
    { keda: { properties: { clientCaSecret: { minLength: 1 } } } },
  ),
  when(
    { passThrough: has('enabled', { const: true }) },
    {
      passThrough: { properties: { host: { minLength: 1 }, caSecret: { minLength: 1 } } },
      apiService: { properties: { create: { enum: ['auto', true] } } },
    },
  ),
  when(
    { tls: has('mode', { const: 'existingSecret' }) },
    { tls: { properties: { existingSecret: { minLength: 1 } } } },
  ),
];

function when(
  these: Readonly<Record<string, Schema>>,
  those: Readonly<Record<string, Schema>>,
): Schema {
  // oxlint-disable-next-line unicorn/no-thenable -- JSON Schema calls it so; it is never awaited
  return { if: { properties: these, required: Object.keys(these) }, then: { properties: those } };
}

function has(member: string, is: Schema): Schema {
  return { properties: { [member]: is }, required: [member] };
}

/** The sections and settings of the configuration file; the program itself checks their values. */
function configSchema(): Schema {
  const sections = Map.groupBy(ALL_SETTINGS, ({ section }) => section);
  return closed(
    Object.fromEntries(
      [...sections].map(([section, settings]) => [
        section,
        closed(
          Object.fromEntries(
            settings.map(({ name, setting }) => [name, { description: setting.says }]),
          ),
        ),
      ]),
    ),
  );
}

/** The leaves in their order. @throws {Error} when one has no `# --` comment. */
export function leavesOf(valuesYaml: string): readonly Leaf[] {
  const { contents } = parseDocument(valuesYaml);
  if (!isMap(contents)) throw new Error('values.yaml is no map');
  return leavesIn(contents, '');
}

function leavesIn(map: YAMLMap, above: string): readonly Leaf[] {
  return map.items.flatMap((pair): readonly Leaf[] => {
    const path = `${above}${String(pair.key)}`;
    const says = commentOf(pair, map);
    if (says === undefined && isMap(pair.value)) return leavesIn(pair.value, `${path}.`);
    if (says === undefined)
      throw new Error(`values.yaml: ${path} has no comment "# -- …" above it`);
    return [{ path, says, fallback: valueOf(pair.value) }];
  });
}

const valueOf = (node: unknown): unknown =>
  isScalar(node) ? node.value : isMap(node) || hasToJson(node) ? node.toJSON() : null;
const hasToJson = (node: unknown): node is { toJSON(): unknown } =>
  typeof node === 'object' && node !== null && 'toJSON' in node;

/** The last comment above the pair; that of a map's first pair belongs to the map in the parser's eyes. */
function commentOf({ key }: Pair, map: YAMLMap): string | undefined {
  const own = isScalar(key) ? key.commentBefore : undefined;
  const isFirst = map.items[0]?.key === key;
  const text = own ?? (isFirst ? map.commentBefore : undefined);
  const lines = (text ?? '').split('\n').map((line) => line.trim());
  const start = lines.findLastIndex((line) => line.startsWith('-- '));
  return start === -1 ? undefined : lines.slice(start).join(' ').slice('-- '.length);
}

export function schemaOf(leaves: readonly Leaf[]): Schema {
  const schema = treeOf(leaves, '');
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    ...schema,
    allOf: TOGETHER,
  };
}

function treeOf(leaves: readonly Leaf[], above: string): Schema {
  const members = Map.groupBy(leaves, ({ path }) => path.slice(above.length).split('.')[0] ?? '');
  return closed(
    Object.fromEntries(
      [...members].map(([name, ofName]) => {
        const path = `${above}${name}`;
        const leaf = ofName.find((one) => one.path === path);
        const schema = leaf ? leafSchema(leaf) : treeOf(ofName, `${path}.`);
        return [name, leaf ? { description: leaf.says, ...schema } : schema];
      }),
    ),
  );
}

function leafSchema({ path, fallback }: Leaf): Schema {
  const special = SPECIAL.find(([pattern]) => pattern.test(path));
  if (special !== undefined) return special[1];
  if (Array.isArray(fallback)) return objects;
  if (typeof fallback === 'boolean') return { type: 'boolean' };
  if (typeof fallback === 'string') return { type: 'string' };
  if (typeof fallback === 'number') return { type: 'number' };
  return texts;
}

/** For README.md. */
export function valuesTable(leaves: readonly Leaf[]): string {
  const rows = leaves.map(
    ({ path, fallback, says }) => `| \`${path}\` | \`${JSON.stringify(fallback)}\` | ${says} |`,
  );
  return ['| value | default | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}
