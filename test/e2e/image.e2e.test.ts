import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { createReadStream, globSync, readFileSync, statSync } from 'node:fs';
import { appendFile, chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assembleBundle } from '../../deploy/bundle.ts';
import { versionOf } from '../../main/command-line.ts';

const run = promisify(execFile);
const NOBODY = 65_532;
const isRoot = process.getuid?.() === 0;
const print = (line: string): void => void process.stdout.write(`  ${line}\n`);

/** The folder that becomes /app of the image, and the program run from it as in a pod: read-only, nobody, no environment. */
describe('the layout of the image', () => {
  let scratch: string;
  let bundle: string;
  let app: string;
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'self-scaling-image-'));
    await chmod(scratch, 0o755);
    bundle = join(scratch, 'bundle');
    assembleBundle(bundle);
    app = join(bundle, 'app');
    execFileSync('chmod', ['-R', 'a-w,a+rX', app]);
  });
  afterAll(async () => {
    execFileSync('chmod', ['-R', 'u+w', app]);
    await rm(scratch, { recursive: true });
  });
  const files = (): readonly string[] =>
    globSync('**/*', { cwd: app }).filter((file) => statSync(join(app, file)).isFile());
  const asNobody = async (...args: readonly string[]) => {
    const home = join(scratch, `tmp-${args[0]}`);
    await mkdir(home, { mode: 0o777 });
    await chmod(home, 0o777);
    // NODE_COMPILE_CACHE as in the image: a second start is faster.
    const env = { TMPDIR: home, NODE_COMPILE_CACHE: join(scratch, 'compile') };
    const node = process.execPath;
    const program = [join(app, 'main.js'), ...args];
    const [file = node, ...rest] = isRoot
      ? [
          'setpriv',
          `--reuid=${NOBODY}`,
          `--regid=${NOBODY}`,
          '--clear-groups',
          '--no-new-privs',
          node,
        ]
      : [node];
    return await run(file, [...rest, ...program], {
      cwd: home,
      env: { ...env, PATH: process.env['PATH'] },
      timeout: 60_000,
    });
  };

  test('holds what runs, and nothing of how it is made', async () => {
    const all = files();
    const ours = all.filter((file) => !file.startsWith('node_modules/'));
    expect(ours.filter((file) => /\.(ts|map)$|\.test\.|^test\/|^bench\//.test(file))).toEqual([]);
    expect(ours).toContain('forecast/training/worker.js');
    const packages = all.filter((file) => file.startsWith('node_modules/'));
    const tools = ['typescript', 'vitest', 'oxlint', 'oxfmt', 'knip', 'node'];
    expect(
      tools.filter((tool) => packages.some((file) => file.startsWith(`node_modules/${tool}/`))),
    ).toEqual([]);
    const bytes = all.reduce((sum, file) => sum + statSync(join(app, file)).size, 0);
    print(`${all.length} files, ${(bytes / 2 ** 20).toFixed(1)} MiB`);
    expect(bytes).toBeLessThan(80 * 2 ** 20);
  });

  test('is the same for every architecture: no file is a native binary', async () => {
    const isNative = async (file: string): Promise<boolean> => {
      for await (const chunk of createReadStream(join(app, file), { end: 3 })) {
        return (chunk as Buffer).equals(Buffer.from([0x7f, 0x45, 0x4c, 0x46]));
      }
      return false;
    };
    const native: string[] = [];
    for (const file of files()) if (await isNative(file)) native.push(file);
    expect(native).toEqual([]);
  });

  test('names nothing of the machine that made it', () => {
    const root = join(import.meta.dirname, '../..');
    const telling = files().filter(
      (file) =>
        !file.startsWith('node_modules/') && readFileSync(join(app, file), 'utf8').includes(root),
    );
    expect(telling).toEqual([]);
  });

  test('lists its parts and their licences', async () => {
    type Sbom = {
      readonly bomFormat: string;
      readonly components: readonly { readonly name: string; readonly licenses?: unknown }[];
    };
    const sbom = JSON.parse(await readFile(join(app, 'sbom.cdx.json'), 'utf8')) as Sbom;
    expect(sbom.bomFormat).toBe('CycloneDX');
    const names = sbom.components.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['fastify', 'pino']));
    expect(names).not.toContain('vitest');
    expect(readFileSync(join(app, 'LICENSE'), 'utf8')).toContain('Apache License');
  });

  test('does the whole job: trains in a child, and answers a metric', async () => {
    const args = [
      '--check',
      '--data',
      ':memory:',
      '--api-port',
      '0',
      '--metrics-port',
      '0',
      '--ops-port',
      '0',
    ];
    const { stdout } = await asNobody('demo', ...args);
    expect(JSON.parse(stdout)).toMatchObject({
      components: 8,
      metric: { kind: 'ExternalMetricValueList', items: [{ metricName: 'predicted-cpu' }] },
    });
  });

  test('says its version, and refuses a mistake with the usual exit code', async () => {
    expect((await asNobody('version')).stdout).toMatch(/^self-scaling \d+\.\d+\.\d+, Node 24/);
    await expect(asNobody('all', '--set', 'forecast.levl=1')).rejects.toMatchObject({ code: 2 });
  });

  test('is installed as a service, and again, without touching what is not its own', async () => {
    const prefix = join(scratch, 'machine');
    const install = async (...more: readonly string[]): Promise<string> =>
      (await run('sh', [join(bundle, 'install.sh'), '--prefix', prefix, ...more])).stdout;
    expect(await install('--dry-run')).toContain(`would run: mkdir -p ${prefix}/opt/self-scaling`);
    expect(globSync(prefix)).toEqual([]);
    expect(await install()).toContain(`self-scaling ${versionOf()} is installed`);
    const settings = join(prefix, 'etc/self-scaling/self-scaling.yaml');
    await appendFile(settings, '# mine\n');
    const before = join(prefix, 'opt/self-scaling/0.9.0');
    await mkdir(before);
    await install();
    expect(globSync(before)).toEqual([before]);
    expect(await readFile(settings, 'utf8')).toContain('# mine');
    const unit = await readFile(join(prefix, 'etc/systemd/system/self-scaling.service'), 'utf8');
    const [node = '', ...args] =
      /^ExecStart=(?<line>.*)$/m.exec(unit)?.groups?.['line']?.split(' ') ?? [];
    const main = args.find((word) => word.endsWith('main.js')) ?? '';
    const { stdout } = await run(join(prefix, node), [join(prefix, main), 'version']);
    expect(stdout).toContain(`self-scaling ${versionOf()}`);
    await run('sh', [join(bundle, 'uninstall.sh'), '--prefix', prefix]);
    expect(globSync(join(prefix, 'opt/*'))).toEqual([]);
    expect(await readFile(settings, 'utf8')).toContain('# mine');
  });

  test.skipIf(spawnSync('systemd-analyze', ['--version']).status !== 0)(
    'runs with few rights as a service, by the judgement of systemd itself',
    async () => {
      const unit = join(bundle, 'self-scaling.service');
      const args = ['security', '--offline=true', '--threshold=20', unit];
      const { stdout } = await run('systemd-analyze', args);
      expect(stdout).toContain('OK');
    },
  );
});
