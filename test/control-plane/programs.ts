import { spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A program that the tests build from its own sources. */
export type Program = {
  readonly name: ProgramName;
  readonly version: string;
  /** Folder of the Go module, under `modules/`. */
  readonly module: string;
  /** The Go package of its `main`. */
  readonly from: string;
  /** Linker flags besides `-s -w`. */
  readonly ldflags: string;
  readonly tags?: string;
  /** Its build calls cargo and a C compiler. */
  readonly needsRust?: true;
};

export type ProgramName =
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kwok'
  | 'metrics-server'
  | 'influxd'
  | 'helm'
  | 'go-reference'
  | 'keda-operator'
  | 'keda-adapter';

const KUBERNETES = 'v1.36.3';
/** Without these the version is a placeholder that clients dislike. */
const kubernetesVersion = [
  ['gitVersion', KUBERNETES],
  ['gitMajor', '1'],
  ['gitMinor', '36'],
  ['gitTreeState', 'clean'],
]
  .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
  .join(' ');

const KEDA = 'v2.20.2';
const kedaVersion = `-X github.com/kedacore/keda/v2/version.Version=${KEDA}`;

const HELM = 'v3.22.0';
/** Without these it templates and lints for a Kubernetes of long ago (its client library is 0.37). */
const helmVersion = [
  ['internal/version.version', HELM],
  ...['pkg/chartutil', 'pkg/lint/rules'].flatMap((path) => [
    [`${path}.k8sVersionMajor`, '1'],
    [`${path}.k8sVersionMinor`, '37'],
  ]),
]
  .map(([name, value]) => `-X helm.sh/helm/v3/${name}=${value}`)
  .join(' ');

export const PROGRAMS: readonly Program[] = [
  { name: 'etcd', version: 'v3.6.13', module: 'etcd', from: '.', ldflags: '' },
  {
    name: 'kube-apiserver',
    version: KUBERNETES,
    module: 'kubernetes',
    from: 'k8s.io/kubernetes/cmd/kube-apiserver',
    ldflags: kubernetesVersion,
  },
  {
    name: 'kube-controller-manager',
    version: KUBERNETES,
    module: 'kubernetes',
    from: 'k8s.io/kubernetes/cmd/kube-controller-manager',
    ldflags: kubernetesVersion,
  },
  {
    name: 'kwok',
    version: 'v0.8.0',
    module: 'kwok',
    from: 'sigs.k8s.io/kwok/cmd/kwok',
    ldflags: '',
  },
  {
    name: 'metrics-server',
    version: 'v0.9.0',
    module: 'metrics-server',
    from: 'sigs.k8s.io/metrics-server/cmd/metrics-server',
    ldflags: '',
  },
  {
    name: 'influxd',
    version: 'v2.9.1',
    module: 'influxdb',
    from: 'github.com/influxdata/influxdb/v2/cmd/influxd',
    ldflags: '-X main.version=v2.9.1',
    tags: 'sqlite_foreign_keys,sqlite_json',
    needsRust: true,
  },
  {
    name: 'helm',
    version: HELM,
    module: 'helm',
    from: 'helm.sh/helm/v3/cmd/helm',
    ldflags: helmVersion,
  },
  {
    // What the differential test compares with; its main.go is ours, and its edition stands behind the dash.
    name: 'go-reference',
    version: 'v1.36.0-1',
    module: '../../go-reference',
    from: '.',
    ldflags: '',
  },
  {
    name: 'keda-operator',
    version: KEDA,
    module: 'keda',
    from: 'github.com/kedacore/keda/v2/cmd/operator',
    ldflags: kedaVersion,
  },
  {
    name: 'keda-adapter',
    version: KEDA,
    module: 'keda',
    from: 'github.com/kedacore/keda/v2/cmd/adapter',
    ldflags: kedaVersion,
  },
];

/** What a control plane with pods and usage is made of; influxd (a store) and helm stand alone. */
export const CONTROL_PLANE: readonly ProgramName[] = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kwok',
  'metrics-server',
];

export function programOf(name: ProgramName): Program {
  const found = PROGRAMS.find((program) => program.name === name);
  if (!found) throw new Error(`no program is called ${name}`);
  return found;
}

/** Outside the work tree, so that a fresh clone finds what another has built. */
export function programsFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'self-scaling/programs');
}

/**
 * Where the program lies once it is built: a folder per version of it and of Go. With no Go on PATH
 * any Go's build of the same version will do.
 */
export function programPath(name: ProgramName): string {
  const { version } = programOf(name);
  const go = goVersion();
  if (go) return join(programsFolder(), `${name}-${version}-${go}`, name);
  const built = globSync(join(programsFolder(), `${name}-${version}-go*`, name));
  return built[0] ?? join(programsFolder(), `${name}-${version}-go-unknown`, name);
}

/** Those of the programs that are not built yet. */
export function missingPrograms(
  names: readonly ProgramName[] = PROGRAMS.map(({ name }) => name),
): ProgramName[] {
  return names.filter((name) => !existsSync(programPath(name)));
}

/** For `test.skipIf`: why a test on these programs cannot run, and the remedy; `undefined` when it can. */
export function whyMissing(names: readonly ProgramName[]): string | undefined {
  const missing = missingPrograms(names);
  if (missing.length === 0) return undefined;
  return `not built: ${missing.join(', ')} (run: npm run control-plane -- --build)`;
}

/** `go1.26.8`, as used for our modules (which may ask for a newer toolchain); `undefined` without Go. */
export function goVersion(): string | undefined {
  const { status, stdout } = spawnSync('go', ['env', 'GOVERSION'], {
    cwd: moduleFolder('etcd'),
    env: toolPath(process.env),
    encoding: 'utf8',
  });
  const version = stdout?.trim() ?? '';
  return status === 0 && version.startsWith('go') ? version : undefined;
}

export const moduleFolder = (module: string): string =>
  join(import.meta.dirname, 'modules', module);

/** The environment, with the places where Go's and Rust's own installers put their programs. */
export function toolPath(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const usual = ['/usr/local/go/bin', join(homedir(), '.cargo/bin')];
  return { ...env, PATH: [env['PATH'] ?? '', ...usual].join(':') };
}
