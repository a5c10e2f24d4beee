import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { refusal } from '../domain/errors.ts';
import { days, hours } from '../domain/units.ts';
import { nearest } from './nearest.ts';
import { ALL_SETTINGS, type Config, type Described } from './schema.ts';

export type ConfigSources = {
  /** Name and text of the configuration file, YAML or JSON. */
  readonly file?: { readonly name: string; readonly text: string };
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `path=value`, from the command line; the strongest. */
  readonly flags: readonly string[];
};

/** A value as somebody wrote it, and where. */
type Given = { readonly path: string; readonly raw: unknown; readonly source: string };

/** Variables of client commands and of the tests; they configure no role. */
const OTHER_VARIABLES = new Set(['SELF_SCALING_SERVER', 'SELF_SCALING_TOKEN_FILE']);

/**
 * The settings in force: flag > environment > file > default, merged per key.
 *
 * @throws {SelfScalingError} `CONFIG_INVALID`, one line per mistake:
 *   `path: what was found; what is allowed; remedy (source)`.
 */
export function loadConfig(sources: ConfigSources): Config {
  const problems: string[] = [];
  const given = [
    ...fromFile(sources.file, problems),
    ...fromEnvironment(sources.environment, problems),
    ...fromFlags(sources.flags, problems),
  ];
  const strongest = new Map(given.map((one) => [one.path, one]));
  const values = new Map<string, unknown>();
  for (const described of ALL_SETTINGS) {
    values.set(described.path, valueOf(described, strongest.get(described.path), problems));
  }
  for (const one of given) {
    if (!values.has(one.path)) problems.push(unknownSetting(one));
  }
  const config = toConfig(values);
  if (problems.length === 0) problems.push(...crossRules(config));
  if (problems.length > 0) throw invalid(sources.file?.name ?? 'configuration', problems);
  return config;
}

function valueOf(described: Described, given: Given | undefined, problems: string[]): unknown {
  const { setting, path } = described;
  if (given === undefined) return setting.fallback;
  const parsed = setting.parse(given.raw);
  if (parsed.ok) return parsed.value;
  const written = setting.written === '' ? 'leave it out' : `the default is ${setting.written}`;
  problems.push(
    `${path}: ${show(given.raw)} is not ${setting.allowed}; ${written} (${given.source})`,
  );
  return setting.fallback;
}

const show = (raw: unknown): string =>
  typeof raw === 'string' && raw !== '' ? raw : (JSON.stringify(raw) ?? 'nothing');

function unknownSetting({ path, source }: Given): string {
  const like = nearest(
    path,
    ALL_SETTINGS.map((described) => described.path),
  );
  return `${path}: unknown setting; ${like === undefined ? 'remove it' : `did you mean ${like}?`} (${source})`;
}

function fromFile(file: ConfigSources['file'], problems: string[]): Given[] {
  if (file === undefined) return [];
  const lineCounter = new LineCounter();
  const document = parseDocument(file.text, { lineCounter, prettyErrors: true, uniqueKeys: true });
  for (const error of document.errors) {
    problems.push(`${file.name}: ${error.message.split('\n')[0] ?? 'not YAML'} (file)`);
  }
  if (document.errors.length > 0 || document.contents === null) return [];
  return inside(document.contents, '', lineCounter, problems);
}

/** The leaves of a YAML map with their line; sections are one level deep. */
function inside(node: unknown, section: string, lines: LineCounter, problems: string[]): Given[] {
  if (!isMap(node)) {
    problems.push(
      `${section || 'file'}: is not a map of settings; write "section:" and settings below it (file)`,
    );
    return [];
  }
  return node.items.flatMap(({ key, value }) => {
    const name = isScalar(key) ? String(key.value) : '?';
    const line = isScalar(key) && key.range ? lines.linePos(key.range[0]).line : 0;
    if (section === '') return value === null ? [] : inside(value, name, lines, problems);
    const raw: unknown = isScalar(value) ? value.value : plain(value);
    return [{ path: `${section}.${name}`, raw, source: `file, line ${line}` }];
  });
}

const plain = (value: unknown): unknown =>
  typeof value === 'object' &&
  value !== null &&
  'toJSON' in value &&
  typeof value.toJSON === 'function'
    ? value.toJSON()
    : value;

function fromEnvironment(environment: ConfigSources['environment'], problems: string[]): Given[] {
  const known = new Map(ALL_SETTINGS.map((described) => [described.environment, described.path]));
  return Object.entries(environment).flatMap(([name, raw]) => {
    if (!name.startsWith('SELF_SCALING_') || raw === undefined) return [];
    if (OTHER_VARIABLES.has(name)) return [];
    const path = known.get(name);
    if (path !== undefined) return [{ path, raw, source: name }];
    const like = nearest(name, [...known.keys()]);
    const remedy = raw.startsWith('tcp://')
      ? 'set by Kubernetes service links: enableServiceLinks: false'
      : like === undefined
        ? 'remove it'
        : `did you mean ${like}?`;
    problems.push(`${name}: unknown variable; ${remedy} (environment)`);
    return [];
  });
}

const fromFlags = (flags: readonly string[], problems: string[]): Given[] =>
  flags.flatMap((flag) => {
    const at = flag.indexOf('=');
    if (at > 0) return [{ path: flag.slice(0, at), raw: flag.slice(at + 1), source: '--set' }];
    problems.push(`${flag}: is not path=value; write --set forecast.level=0.95 (--set)`);
    return [];
  });

/** Rules between settings, as sentences. */
function crossRules({ forecast, scaling, store, controller }: Config): string[] {
  const rules: [boolean, string][] = [
    [
      scaling.minReplicas > scaling.maxReplicas,
      `scaling.minReplicas: ${scaling.minReplicas} is above scaling.maxReplicas ${scaling.maxReplicas}; raise the maximum`,
    ],
    [
      forecast.holdTime > hours(24),
      'forecast.holdTime: is above 24h; a snapshot holds one day ahead, so at most 24h',
    ],
    [
      days(forecast.historyDays) > store.historyRetention,
      'forecast.historyDays: is above store.historyRetention; keep history longer or read less',
    ],
    [
      store.kind === 'influx2' && store.tokenFile === '',
      'store.tokenFile: is empty; run `self-scaling bootstrap` and name the file it wrote',
    ],
    [
      controller.access === 'tokens' && controller.tokensFile === '',
      'controller.tokensFile: is empty; access tokens needs a file of lines "name role sha256:<hex>"',
    ],
    [
      controller.access === 'loopback' && !isLoopback(controller.host),
      `controller.host: ${controller.host} can be reached from elsewhere; set controller.access to kubernetes or tokens`,
    ],
  ];
  return rules.flatMap(([broken, sentence]) => (broken ? [sentence] : []));
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host.startsWith('127.');

const invalid = (name: string, problems: readonly string[]) =>
  refusal(
    'CONFIG_INVALID',
    `${name}: ${problems.length} problem${problems.length === 1 ? '' : 's'}\n${problems.map((line) => `  ${line}`).join('\n')}`,
    { details: { problems } },
  );

function toConfig(values: ReadonlyMap<string, unknown>): Config {
  const sections: Record<string, Record<string, unknown>> = {};
  for (const { section, name, path } of ALL_SETTINGS) {
    (sections[section] ??= {})[name] = values.get(path);
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every value came from the parser of its own setting
  return sections as Config;
}
