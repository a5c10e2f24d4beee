/** One question to InfluxDB, from which the text of both of its languages is made. */
export type Question = {
  readonly bucket: 'history' | 'future' | 'eval';
  readonly measurement: string;
  /** Names, or one regular expression without its slashes. */
  readonly fields: readonly string[] | string;
  /** Tags that must have these values; a value may be a variable of the board. */
  readonly where?: Readonly<Record<string, string>>;
  readonly by: 'mean' | 'last' | 'max' | 'sum' | 'count' | 'min';
  /** Tags that part the series; none: everything together. */
  readonly parts: readonly string[];
  /** Length of a step; absent: one value over the whole range. */
  readonly every?: string;
};

export type Language = 'flux' | 'influxql';

export const textOf = (question: Question, language: Language): string =>
  language === 'flux' ? flux(question) : influxql(question);

/** The range always has both ends: without one Flux takes now for the end, and forecasts lie after it. */
const RANGE = 'range(start: v.timeRangeStart, stop: v.timeRangeStop)';

function flux({ bucket, measurement, fields, where = {}, by, parts, every }: Question): string {
  const isField =
    typeof fields === 'string'
      ? `r._field =~ /${fields}/`
      : fields.map((field) => `r._field == "${field}"`).join(' or ');
  const conditions = Object.entries(where).map(([tag, value]) => `r.${tag} == "${value}"`);
  const filters = [`r._measurement == "${measurement}"`, isField, ...conditions];
  const columns = [...parts, '_field'].map((column) => `"${column}"`).join(', ');
  return [
    `from(bucket: "${bucket}")`,
    RANGE,
    ...filters.map((filter) => `filter(fn: (r) => ${filter})`),
    `group(columns: [${columns}])`,
    every === undefined
      ? `${by}()`
      : `aggregateWindow(every: ${every}, fn: ${by}, timeSrc: "_start", createEmpty: false)`,
  ].join('\n  |> ');
}

/** Grafana puts both ends in place of $timeFilter. Buckets are databases of the same name (DBRP). */
function influxql({ bucket, measurement, fields, where = {}, by, parts, every }: Question): string {
  const selected =
    typeof fields === 'string'
      ? `${by}(/${fields}/)`
      : fields.map((field) => `${by}("${field}") AS "${field}"`).join(', ');
  const conditions = Object.entries(where).map(([tag, value]) => `"${tag}" = '${value}'`);
  const groups = [
    ...(every === undefined ? [] : [`time(${every})`]),
    ...parts.map((tag) => `"${tag}"`),
  ];
  const grouped = groups.length === 0 ? '' : ` GROUP BY ${groups.join(', ')}`;
  const fill = every === undefined ? '' : ' fill(none)';
  const filter = ['$timeFilter', ...conditions].join(' AND ');
  return `SELECT ${selected} FROM "${bucket}".."${measurement}" WHERE ${filter}${grouped}${fill}`;
}

/** The values of a tag, for the choices of a variable. */
export function choicesOf(
  tag: string,
  where: Readonly<Record<string, string>>,
  language: Language,
): string {
  const conditions = Object.entries(where);
  if (language === 'influxql') {
    const filter = conditions.map(([name, value]) => `"${name}" = '${value}'`).join(' AND ');
    const filtered = filter === '' ? '' : ` WHERE ${filter}`;
    return `SHOW TAG VALUES ON "history" FROM "usage" WITH KEY = "${tag}"${filtered}`;
  }
  const filter = conditions.map(([name, value]) => ` and r.${name} == "${value}"`).join('');
  return [
    'import "influxdata/influxdb/schema"',
    `schema.tagValues(bucket: "history", tag: "${tag}", predicate: (r) => r._measurement == "usage"${filter}, start: -30d, stop: now())`,
  ].join('\n');
}

/** What was decided for the component that is looked at. */
export function decisionsOf(language: Language): string {
  if (language === 'influxql') {
    return `SELECT "doc" FROM "eval".."decision" WHERE $timeFilter AND "namespace" = '\${namespace}' AND "component" = '\${component}'`;
  }
  return [
    'import "experimental/json"',
    '',
    [
      'from(bucket: "eval")',
      RANGE,
      'filter(fn: (r) => r._measurement == "decision" and r._field == "doc")',
      'filter(fn: (r) => r.namespace == "${namespace}" and r.component == "${component}")',
      'map(fn: (r) => ({_time: r._time, text: json.parse(data: bytes(v: r._value)).text, tags: r.what}))',
    ].join('\n  |> '),
  ].join('\n');
}
