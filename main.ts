#!/usr/bin/env node
import { Command, InvalidArgumentError, Option } from 'commander';
import { configOf, versionOf, type CommonFlags } from './main/command-line.ts';
import { systemClock } from './domain/clock.ts';
import { EXIT_ANSWER_IS_NO, EXIT_USAGE, exitCodeOf } from './main/exit-code.ts';
import { addSurroundings } from './main/surroundings.ts';
import { SelfScalingError } from './domain/errors.ts';
import type { TrainerFlags } from './main/trainer-flags.ts';

const program = new Command('self-scaling')
  .description('Scales Kubernetes workloads before the load arrives.')
  .version(versionOf(), '-V, --version')
  .showHelpAfterError('(add --help for the flags)')
  .showSuggestionAfterError()
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT_USAGE));

const repeated = (value: string, before: readonly string[]): string[] => [...before, value];

/** A command that reads the configuration. */
const command = (name: string, says: string, examples: readonly string[]): Command =>
  program
    .command(name)
    .description(says)
    .option('--config <file>', 'YAML or JSON file of settings (docs/CONFIGURATION.md)')
    .option('--set <path=value>', 'one setting; may be repeated, the strongest', repeated, [])
    .option('--log-level <level>', 'debug, info, warn, error or silent')
    .addHelpText('after', `\nExamples:\n${examples.map((one) => `  $ ${one}`).join('\n')}`);

const ROLES = [
  ['all', 'every role in one process'],
  ['adapter', 'serves external.metrics.k8s.io from memory; stateless, run two'],
  ['controller', 'collects usage, writes HPAs, serves REST'],
] as const;

for (const [role, says] of ROLES) {
  command(role, says, [
    `self-scaling ${role} --config self-scaling.yaml`,
    `self-scaling ${role} --set store.kind=influx2 --set store.tokenFile=/run/secrets/token`,
  ]).action(async (flags: CommonFlags) => {
    const { runRole } = await import('./main/roles.ts');
    await runRole(role, configOf(flags));
  });
}

const wholeNumber = (text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError('a whole number, 0 or more');
};
const port = (text: string): number => {
  const value = Number(text);
  if (text !== '' && Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw new InvalidArgumentError('a port: a whole number from 0 to 65535');
};
const positive = (text: string): number => {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('a number above 0');
};

command('trainer', 'makes forecasts', [
  'self-scaling trainer --config self-scaling.yaml',
  'self-scaling trainer --shard 0/3',
  'self-scaling trainer --once --shards 3  # in a pod of an Indexed Job',
])
  .option(
    '--shard <i/n>',
    'of n equal shares of the components only the one with this number, from 0',
  )
  .option('--shards <n>', 'the same with the number from JOB_COMPLETION_INDEX', positive)
  .option('--once', 'chooses for all its components once, and ends', false)
  .option('--fine-tune', 'tunes the network to this cluster once, and ends', false)
  .action(async (flags: CommonFlags & TrainerFlags) => {
    const { runRole } = await import('./main/roles.ts');
    const { shardIn } = await import('./main/trainer-flags.ts');
    const shard = shardIn(flags, process.env);
    await runRole('trainer', configOf(flags), {
      shard,
      once: flags.once === true || flags.fineTune === true,
      fineTune: flags.fineTune === true,
    });
  });

program
  .command('demo')
  .description('plays a simulated shop at high speed; all else is the real program')
  .option('--check', 'end as soon as all is proved, with one JSON object on stdout', false)
  .option(
    '--data <dir>',
    'where all is kept between starts; :memory: = nowhere (default: .self-scaling/demo, for a trace demo-NAME)',
  )
  .option('--api-port <port>', 'REST; taken or 0 = any free one', port, 8080)
  .option('--metrics-port <port>', 'external metrics API; likewise', port, 6443)
  .option('--ops-port <port>', 'probes and metrics; likewise', port, 9090)
  .option('--speed <n>', 'simulated seconds per second', positive, 480)
  .option('--seed <n>', 'the same shop again', wholeNumber, 1)
  .option('--input <file>', 'a trace of your own (CSV) instead of the shop')
  .option('--log-level <level>', 'of the log on stderr', 'warn')
  .addHelpText('after', '\nExamples:\n  $ npm start\n  $ npm start -- --check --data :memory:')
  .action(async (flags) => {
    const { runDemo, usualFolder } = await import('./main/demo.ts');
    process.exitCode = await runDemo({ ...flags, data: flags.data ?? usualFolder(flags.input) });
  });

command('doctor', 'looks at everything the program stands on, and names remedies', [
  'self-scaling doctor',
  'self-scaling doctor --only store,api --output json',
])
  .option('--only <checks>', 'some checks, with commas', (text) => text.split(','), [])
  .addOption(new Option('--output <format>').choices(['table', 'json']).default('table'))
  .action(async (flags: CommonFlags & { only: string[]; output: string }) => {
    const { diagnose, findingsTable } = await import('./main/doctor.ts');
    const findings = await diagnose(configOf(flags), flags.only, new AbortController().signal);
    print(flags.output === 'json' ? JSON.stringify(findings, null, 2) : findingsTable(findings));
    if (findings.some(({ outcome }) => outcome === 'fail')) process.exitCode = EXIT_ANSWER_IS_NO;
  });

addSurroundings(command, (text) => print(text));

command('import', 'reads history from elsewhere, so that forecasts begin on the first day', [
  'self-scaling import --input usage.csv --namespace shop',
  'self-scaling import --input cart.csv --namespace shop --component cart --memory-bytes 268435456 --dry-run',
  'self-scaling import --prometheus-cpu cpu.json --prometheus-memory memory.json --label deployment',
  'self-scaling import --telegraf-bucket telegraf --telegraf-url http://influxdb:8086 --telegraf-token-file token',
])
  .option(
    '--input <file>',
    'timestamp,component,cpu_cores,memory_bytes[,namespace]; a wide file; or timestamp,value',
  )
  .option('--prometheus-cpu <file>', 'answer of /api/v1/query_range: cores by namespace and label')
  .option('--prometheus-memory <file>', 'the same for bytes')
  .option('--label <name>', 'that names the component in them; workload unless told')
  .option('--telegraf-bucket <name>', "where Telegraf's plugin kubernetes writes, in an InfluxDB 2")
  .option('--telegraf-url <url>', 'of that InfluxDB; store.url unless told')
  .option('--telegraf-org <name>', 'its organisation; store.org unless told')
  .option('--telegraf-token-file <file>', 'a token that may read it; store.tokenFile unless told')
  .option('--days <n>', 'of history of Telegraf; 28 unless told', positive)
  .option('--namespace <name>', 'of components that do not name one', 'default')
  .option('--component <name>', 'whose usage a file of timestamp,value is')
  .option('--memory-bytes <n>', 'of components whose memory the file does not tell', positive)
  .option('--dry-run', 'check everything, write nothing', false)
  .action(async ({ config, set, logLevel, ...flags }) => {
    const { runImport } = await import('./main/import.ts');
    const { openLogger } = await import('./main/logger.ts');
    const settings = configOf({ config, set, logLevel });
    const log = openLogger({ level: settings.log.level, role: 'import', descriptor: 2 });
    print(await runImport(settings, flags, log, new AbortController().signal));
  });

command('backup', 'writes what the store holds: all of it, or history as CSV', [
  'self-scaling backup --output self-scaling.backup',
  'self-scaling backup --format csv --days 28 --output usage.csv',
])
  .requiredOption('--output <file>', 'where it goes; - for stdout')
  .addOption(new Option('--format <format>').choices(['backup', 'csv']).default('backup'))
  .option('--days <n>', 'of history; 365 unless told', positive)
  .action(async ({ config, set, logLevel, ...flags }) => {
    const { runBackup } = await import('./main/backup.ts');
    const { openLogger } = await import('./main/logger.ts');
    const settings = configOf({ config, set, logLevel });
    const log = openLogger({ level: settings.log.level, role: 'backup', descriptor: 2 });
    const told = await runBackup(settings, flags, log, new AbortController().signal);
    process.stderr.write(`${told}\n`);
  });

command('restore', 'puts a backup back, into the same kind of store or another', [
  'self-scaling restore --input self-scaling.backup --dry-run',
  'self-scaling restore --input self-scaling.backup --set store.kind=influx2 --set store.tokenFile=tokens/all-token',
])
  .requiredOption('--input <file>', 'what `backup` wrote')
  .option('--dry-run', 'check everything, write nothing', false)
  .action(async ({ config, set, logLevel, ...flags }) => {
    const { runRestore } = await import('./main/restore.ts');
    const { openLogger } = await import('./main/logger.ts');
    const settings = configOf({ config, set, logLevel });
    const log = openLogger({ level: settings.log.level, role: 'restore', descriptor: 2 });
    print(await runRestore(settings, flags, log, new AbortController().signal));
  });

/** What a backtest of a component is given instead of a file. */
async function recordedOf(component: string, flags: CommonFlags) {
  const { columnsOfComponent } = await import('./main/backtest-store.ts');
  const { openLogger } = await import('./main/logger.ts');
  const settings = configOf(flags);
  const log = openLogger({ level: settings.log.level, role: 'backtest', descriptor: 2 });
  const { signal } = new AbortController();
  return await columnsOfComponent(settings, component, systemClock.now(), log, signal);
}

program
  .command('backtest')
  .description('scores every model on the last days of the series of a file')
  .option('--input <file>', 'CSV: timestamp (epoch seconds), and a column a series')
  .option('--component <ns/name>', 'instead of a file: what the store has of this component')
  .option('--config <file>', 'settings of the store (docs/CONFIGURATION.md)')
  .option('--set <path=value>', 'one setting; may be repeated, the strongest', repeated, [])
  .option('--forecasts <file>', 'where every chosen forecast is written, as CSV')
  .option('--report <file>', 'where a page with tables and charts is written, as HTML')
  .option('--svg <file>', 'where its overview is written, as SVG')
  .option('--cutoffs <n>', 'days held back, one after the other; 1 to 5', wholeNumber, 4)
  .option('--models <list>', 'some models, with commas', (text) => text.split(','), [])
  .option('--weights <file>', 'JSON of other weights for the network')
  .option('--cold-days <d>', 'models see no more of the history than this', positive)
  .option('--seed <n>', 'of whatever takes chances', wholeNumber, 1)
  .option(
    '--gate <name=bound>',
    'exit with 5 when missed: relSQL=0.64, cov80=0.78..0.82; may be repeated',
    repeated,
    [],
  )
  .option('-o, --output <format>', 'table or json', 'table')
  .option('--format <format>', 'the same as --output')
  .addHelpText(
    'after',
    '\nExamples:\n  $ self-scaling backtest --input usage.csv\n' +
      '  $ self-scaling backtest --input usage.csv --forecasts out.csv --gate relSQL=0.64 -o json\n' +
      '  $ self-scaling backtest --component shop/cart --config self-scaling.yaml',
  )
  .action(async ({ format, output, component, config, set, ...flags }) => {
    const { runBacktest } = await import('./main/backtest.ts');
    const recorded =
      component === undefined ? undefined : await recordedOf(component, { config, set });
    const about = { ...flags, output: format ?? output };
    const { text, missed } = await runBacktest(about, process.stderr, recorded);
    print(text);
    for (const gate of missed) process.stderr.write(`${gate}\n`);
    if (missed.length > 0) process.exitCode = EXIT_ANSWER_IS_NO;
  });

program
  .command('replay')
  .description('plays a trace against an exact HPA, under several policies side by side')
  .requiredOption(
    '--input <file>',
    'CSV: timestamp,value (epoch seconds), a row each 15 s to 15 min',
  )
  .option(
    '--policies <list>',
    'with commas: reactive, reactive-tuned, predictive, predictive-safe, seasonal-naive, oracle, min-max, static-peak',
    (text) => text.split(','),
    [],
  )
  .option('--level <q>', "quantile level of the forecasts, instead of each policy's own", positive)
  .option('--lead-time <d>', 'how far the forecasts look ahead; the start of a pod and 75 s')
  .option('--pod-start <d>', 'from the creation of a pod until it is ready', '120s')
  .option('--capacity-cpu <q>', 'what a full pod carries; ten pods carry the warm-up at 75 %')
  .option('--min <n>', 'replicas at least', wholeNumber, 1)
  .option('--max <n>', 'replicas at most', wholeNumber, 100)
  .option('--limit-ratio <r>', "usage above this share of a pod's capacity is not seen", positive)
  .option('--days <n>', 'only the last days are played', positive)
  .option('--frontier', 'also short minutes against pod-hours, over targets and levels', false)
  .option('--report <file>', 'where a page with table, curve and replicas is written, as HTML')
  .option('--svg <file>', 'where the curve is written, as SVG')
  .option('--pod-hour-cost <c>', 'adds a column of costs', positive)
  .option('--slo <share>', 'marks what serves less than this share of the time', positive)
  .option(
    '--gate <name=bound>',
    'exit with 5 when predictive / reactive misses it: shortMinutes=0.64, podHours=1; may be repeated',
    repeated,
    [],
  )
  .option('-o, --output <format>', 'table or json', 'table')
  .option('--format <format>', 'the same as --output')
  .addHelpText(
    'after',
    '\nExamples:\n  $ self-scaling replay --input trace.csv\n' +
      '  $ self-scaling replay --input trace.csv --policies reactive,predictive --gate podHours=1 -o json',
  )
  .action(async ({ format, output, ...flags }) => {
    const { runReplay } = await import('./main/replay.ts');
    const { text, missed } = runReplay({ ...flags, output: format ?? output }, process.stderr);
    print(text);
    for (const gate of missed) process.stderr.write(`${gate}\n`);
    if (missed.length > 0) process.exitCode = EXIT_ANSWER_IS_NO;
  });

program
  .command('version')
  .description('the version of the program and of Node')
  .action(() => print(`self-scaling ${versionOf()}, Node ${process.versions.node}`));

const print = (text: string): void => void process.stdout.write(`${text}\n`);

try {
  await program.parseAsync();
} catch (error) {
  const bug = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const text =
    error instanceof SelfScalingError ? `${error.code}: ${error.message}` : `bug: ${bug}`;
  process.stderr.write(`${text}\n`);
  process.exitCode = exitCodeOf(error);
}
