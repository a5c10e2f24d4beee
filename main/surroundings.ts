import { Argument, type Command } from 'commander';
import { configOf, durationFlag, type CommonFlags } from './command-line.ts';
import { EXIT_ANSWER_IS_NO } from './exit-code.ts';

/** Makes a command that reads the configuration. */
type NewCommand = (name: string, says: string, examples: readonly string[]) => Command;

type BootstrapCommand = CommonFlags & {
  out?: string;
  secret?: string;
  grafanaSecret?: string;
  wait: string;
  register?: string;
  takeOver: boolean;
  handBack: boolean;
};

/** The tokens are what bootstrap makes: none can be named yet. */
const withoutToken = (flags: CommonFlags): CommonFlags => ({
  ...flags,
  set: ['store.tokenFile=to-be-made', ...flags.set],
});

/** `bootstrap` and `export`: what stands around the program. */
export function addSurroundings(command: NewCommand, print: (text: string) => void): void {
  command(
    'bootstrap',
    'makes ready what the program stands on: InfluxDB, a way into it; or hands back',
    [
      'self-scaling bootstrap --set store.kind=influx2 --set store.url=http://influxdb:8086 --out tokens',
      'self-scaling bootstrap --config self-scaling.yaml --out /run/secrets/store',
      'self-scaling bootstrap --register 192.0.2.7:7443',
      'self-scaling bootstrap --hand-back',
    ],
  )
    .option('--out <dir>', 'where the tokens for InfluxDB are written, a file each')
    .option('--secret <name>', 'a Secret in kube.ownNamespace instead; it must be there already')
    .option('--grafana-secret <name>', 'a Secret that gets a data source for Grafana')
    .option('--wait <duration>', 'how long to wait for an InfluxDB that is not there yet', '0s')
    .option(
      '--register <host:port>',
      'a Service and the APIService for a program beside the cluster',
    )
    .option('--take-over', 'with --register: although somebody else has the APIService', false)
    .option('--hand-back', 'before an uninstall: our metrics leave our HPAs, which stay', false)
    .action(async (flags: BootstrapCommand) => {
      const { runBootstrapCommand } = await import('./bootstrap-command.ts');
      const set = [...(flags.takeOver ? ['adapter.takeOver=true'] : []), ...flags.set];
      const { lines, isNo } = await runBootstrapCommand(configOf(withoutToken({ ...flags, set })), {
        ...flags,
        wait: durationFlag('--wait', flags.wait),
      });
      print(lines.join('\n'));
      if (isNo) process.exitCode = EXIT_ANSWER_IS_NO;
    });

  command('export', 'prints a component as another way to scale it, for Git', [
    'self-scaling export scaled-object shop/cart',
  ])
    .addArgument(new Argument('<kind>', 'what it becomes').choices(['scaled-object']))
    .argument('<component>', 'NAMESPACE/NAME')
    .option(
      '--authentication <name>',
      'TriggerAuthentication with our CA and KEDA’s certificate',
      'self-scaling',
    )
    .action(async (_: string, component: string, { authentication, ...flags }) => {
      const { exportScaledObject } = await import('./export.ts');
      print(await exportScaledObject(configOf(flags), { component, authentication }));
    });
}
