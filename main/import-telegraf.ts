import { usageSums } from '../collector/usage-lines.ts';
import { workloadOfPod } from '../collector/workload-of-pod.ts';
import { refusal } from '../domain/errors.ts';
import { days, epochMs, parseRfc3339, toRfc3339, type EpochMs } from '../domain/units.ts';

export type TelegrafSource = {
  readonly url: string;
  readonly org: string;
  readonly bucket: string;
  readonly token: string;
  readonly days: number;
};

const NANO = 1e-9;
const KINDS = { cpu_usage_nanocores: 'cpu', memory_working_set_bytes: 'memory' } as const;
/** Containers report each few seconds; a minute is fine enough, and the parts of one component fall together. */
const EVERY = '1m';
const FAILED = /^,?error,reference\r?$/m;

/**
 * What Telegraf's plugin `kubernetes` wrote (`kubernetes_pod_container`), as the lines that `importCsv` reads: containers
 * added up to workloads by the names of their pods. Day by day, so that a long history is no long answer.
 *
 * @yields CSV.
 * @throws {SelfScalingError} `STORE_UNAVAILABLE` when InfluxDB does not answer; `REQUEST_INVALID` when it says no.
 */
export async function* telegrafLines(
  source: TelegrafSource,
  now: EpochMs,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const sums = usageSums();
  for (let ago = source.days; ago > 0; ago -= 1) {
    const from = epochMs(now - ago * days(1));
    for (const row of await askTelegraf(source, from, epochMs(from + days(1)), signal)) {
      const one = measuredIn(row);
      if (one !== undefined) sums.add(one.place, one.at, one.kind, one.value);
    }
  }
  yield* sums.lines();
}

type Row = ReadonlyMap<string, string>;

/** What a row tells; nothing where it does not say whose, when, what or how much. */
function measuredIn(row: Row) {
  const of = (name: string): string => row.get(name) ?? '';
  const [namespace, pod, text] = [of('namespace'), of('pod_name'), of('_value')];
  const at = parseRfc3339(of('_time'));
  const kind = kindOf(of('_field'));
  const value = Number(text);
  const isTold = [namespace, pod, text].every((one) => one !== '') && Number.isFinite(value);
  if (!isTold || at === undefined || kind === undefined) return undefined;
  const place = `${namespace},${workloadOfPod(pod)}`;
  return { place, at, kind, value: kind === 'cpu' ? value * NANO : value };
}

const kindOf = (field: string): 'cpu' | 'memory' | undefined =>
  Object.entries(KINDS).find(([name]) => name === field)?.[1];

async function askTelegraf(
  { url, org, bucket, token }: TelegrafSource,
  from: EpochMs,
  to: EpochMs,
  signal: AbortSignal,
): Promise<readonly Row[]> {
  const fields = Object.keys(KINDS).map((name) => `r._field == "${name}"`);
  const query = [
    `from(bucket: ${inFlux(bucket)})`,
    `range(start: ${toRfc3339(from)}, stop: ${toRfc3339(to)})`,
    `filter(fn: (r) => r._measurement == "kubernetes_pod_container")`,
    `filter(fn: (r) => ${fields.join(' or ')})`,
    `aggregateWindow(every: ${EVERY}, fn: mean, timeSrc: "_start", createEmpty: false)`,
    'keep(columns: ["_time", "_value", "_field", "namespace", "pod_name"])',
  ].join(' |> ');
  const answer = await fetch(`${url}/api/v2/query?org=${encodeURIComponent(org)}`, {
    method: 'POST',
    headers: {
      authorization: `Token ${token}`,
      'content-type': 'application/vnd.flux',
      accept: 'application/csv',
    },
    body: query,
    signal,
  }).catch((cause: unknown) => {
    throw refusal('STORE_UNAVAILABLE', `no answer from InfluxDB at ${url}`, { cause });
  });
  const text = await answer.text();
  // What fails while it is answered comes as a table of its own, behind rows that are not all there are.
  const failedAt = text.search(FAILED);
  if (answer.ok && failedAt === -1) return rowsOf(text);
  const told = text.slice(Math.max(0, failedAt)).slice(0, 200).trim();
  throw refusal('REQUEST_INVALID', `InfluxDB at ${url} says: ${told}`);
}

/** A text of Flux: `${` would begin an expression. */
const inFlux = (text: string): string => JSON.stringify(text).replaceAll('${', String.raw`\${`);

/** Rows by the names of their columns; each table of the answer begins with them. */
function rowsOf(csv: string): readonly Row[] {
  let header: readonly string[] = [];
  return csv.split('\r\n').flatMap((line) => {
    const cells = line.split(',');
    if (cells[1] === 'result') header = cells;
    if (cells[1] !== '_result') return [];
    return [new Map(header.map((name, index) => [name, cells[index] ?? '']))];
  });
}
