import { PodMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor';
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { whyMissing } from '../control-plane/programs.ts';
import { openHelm, parseRendered, type Rendered } from '../e2e/helm.ts';
import { faultsOf } from './pod-rules.ts';
import { nullsIn, podsIn } from './rendered.ts';

const CHART = resolve(import.meta.dirname, '../../chart');
const missing = process.env['CI'] === 'true' ? undefined : whyMissing(['helm']);
const files = (folder: string): readonly string[] =>
  globSync(join(CHART, folder, '*-values.yaml')).toSorted();
const nameOf = (file: string): string => basename(file, '-values.yaml');

describe.skipIf(missing !== undefined)(`the chart, rendered by Helm ${missing ?? ''}`, () => {
  let folder: string;
  let helm: ReturnType<typeof openHelm>;
  const rendered = new Map<string, readonly Rendered[]>();
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'self-scaling-chart-'));
    helm = openHelm(folder, '');
    for (const file of files('ci')) {
      rendered.set(nameOf(file), parseRendered(await helm.template('-f', file)));
    }
  });
  afterAll(() => rm(folder, { recursive: true }));
  const everywhere = (): readonly (readonly [string, readonly Rendered[]])[] => [...rendered];
  const pods = () =>
    everywhere().flatMap(([file, all]) => podsIn(all).map((pod) => ({ file, ...pod })));

  test('lint finds nothing', async () => {
    expect(await helm.lint()).toContain('0 chart(s) failed');
  });

  test.each(files('ci').map((file) => [nameOf(file), file]))(
    '%s: renders as checked in, and twice alike (run: npm run accept)',
    async (name, file) => {
      const text = await helm.template('-f', file);
      await expect(withoutBoards(text)).toMatchFileSnapshot(join(CHART, `golden/${name}.yaml`));
      expect(await helm.template('-f', file)).toBe(text);
    },
  );

  test('the boards go into ConfigMaps as they are', () => {
    type ConfigMap = { readonly data: Readonly<Record<string, string>> };
    const boards = [...(rendered.get('default') ?? [])].filter(({ metadata }) =>
      metadata.name.includes('-dashboard-'),
    );
    expect(boards.length).toBe(4);
    for (const object of boards) {
      const [[file, text] = ['', '']] = Object.entries((object as unknown as ConfigMap).data);
      const source = join(CHART, 'dashboards/flux', file.replace('self-scaling-', ''));
      expect(JSON.parse(text)).toEqual(JSON.parse(readFileSync(source, 'utf8')));
    }
  });

  test('deploy/kubernetes.yaml is the default install, for those without Helm', async () => {
    const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: self-scaling\n';
    const text = await helm.template('--no-hooks');
    await expect(`${namespace}${text}`).toMatchFileSnapshot(
      resolve(CHART, '../deploy/kubernetes.yaml'),
    );
  });

  test.each(files('ci/refused').map((file) => [nameOf(file), file]))(
    '%s: is refused with a message that names the value',
    async (_, file) => {
      const [line = ''] = readFileSync(file, 'utf8').split('\n');
      await expect(helm.template('-f', file)).rejects.toThrow(line.replace(/^# /, ''));
    },
  );

  test('every pod is restricted, bounded and sees no variables of Services', () => {
    const faults = pods().flatMap(({ file, owner, spec }) =>
      faultsOf(spec).map((fault) => `${file} ${owner}: ${fault}`),
    );
    expect(faults).toEqual([]);
    expect(pods().length).toBeGreaterThan(40);
  });

  test('what is named is there: accounts, ConfigMaps, Secrets, and pods behind each selector', () => {
    const faults = everywhere().flatMap(([file, all]) => {
      const has = (kind: string, name: string): boolean =>
        all.some((object) => object.kind === kind && object.metadata.name === name);
      const ofPods = podsIn(all).flatMap(({ owner, spec, labels, selector }) => [
        ...Object.entries(selector ?? {}).filter(([label, value]) => labels[label] !== value),
        ...(spec.volumes ?? []).flatMap(({ secret, configMap }) => [
          ...(secret && !has('Secret', secret.secretName) ? [[owner, secret.secretName]] : []),
          ...(configMap && !has('ConfigMap', configMap.name) ? [[owner, configMap.name]] : []),
        ]),
        ...(spec.serviceAccountName && !has('ServiceAccount', spec.serviceAccountName)
          ? [[owner, spec.serviceAccountName]]
          : []),
      ]);
      type Service = { readonly spec: { readonly selector: Record<string, string> } };
      const services = all
        .filter(({ kind }) => kind === 'Service')
        .map((one) => one as unknown as Service);
      const idle = services.filter(
        ({ spec }) =>
          !podsIn(all).some(({ labels }) =>
            Object.entries(spec.selector).every(([label, value]) => labels[label] === value),
          ),
      );
      return [...ofPods, ...idle].map((fault) => `${file}: ${JSON.stringify(fault)}`);
    });
    expect(faults.toSorted()).toEqual([
      // Made by cert-manager, by the user, or by whoever runs the database.
      'cert-manager-issuer: ["Deployment self-scaling-adapter","self-scaling-tls"]',
      'cert-manager-issuer: ["Deployment self-scaling-controller","self-scaling-tls"]',
      'cert-manager: ["Deployment self-scaling-adapter","self-scaling-tls"]',
      'cert-manager: ["Deployment self-scaling-controller","self-scaling-tls"]',
      'existing-secret: ["Deployment self-scaling-adapter","our-certificates"]',
      'existing-secret: ["Deployment self-scaling-controller","our-certificates"]',
      'external: ["Deployment self-scaling-adapter","influx-tokens"]',
      'external: ["Deployment self-scaling-controller","influx-tokens"]',
      'external: ["Deployment self-scaling-trainer","influx-tokens"]',
      'external: ["Pod self-scaling-test","influx-tokens"]',
      'keda: ["Deployment self-scaling-adapter","keda-clients"]',
      'monitored: ["Deployment self-scaling-controller","shared"]',
      'pass-through: ["Deployment self-scaling-adapter","other-adapter-ca"]',
    ]);
  });

  test('no role is wide, and none reaches Secrets but by name', () => {
    type Role = { readonly rules: readonly Readonly<Record<string, readonly string[]>>[] };
    const roles = everywhere().flatMap(([file, all]) =>
      all
        .filter(({ kind }) => ['Role', 'ClusterRole'].includes(kind))
        .flatMap((role) =>
          (role as unknown as Role).rules.map((rule) => ({ file, role: role.metadata.name, rule })),
        ),
    );
    const isWide = (rule: Readonly<Record<string, readonly string[]>>): boolean =>
      Object.entries(rule).some(
        ([member, of]) => member !== 'nonResourceURLs' && of.includes('*'),
      ) ||
      (rule['resources']?.includes('secrets') === true &&
        (rule['resourceNames'] === undefined ||
          rule['verbs']?.some((verb) => ['create', 'list', 'watch'].includes(verb)) === true));
    const wide = roles.filter(({ rule }) => isWide(rule));
    // Names of metrics of others are not known.
    expect(wide).toEqual([
      {
        file: 'pass-through',
        role: 'self-scaling-adapter-upstream',
        rule: { apiGroups: ['external.metrics.k8s.io'], resources: ['*'], verbs: ['get', 'list'] },
      },
    ]);
    expect(roles.length).toBeGreaterThan(50);
  });

  test('Secrets are rendered empty, nothing is null, and no certificate goes unverified', () => {
    for (const [file, all] of everywhere()) {
      const secrets = all.filter(({ kind }) => kind === 'Secret');
      expect([file, secrets.filter((one) => 'data' in one || 'stringData' in one)]).toEqual([
        file,
        [],
      ]);
      expect([file, all.flatMap((object) => nullsIn(object, object.kind))]).toEqual([file, []]);
      expect(JSON.stringify(all)).not.toContain('insecureSkipTLSVerify');
    }
  });

  test('what the Prometheus operator reads is what it knows', () => {
    const all = everywhere().flatMap(([, objects]) => objects);
    const [monitor, ...monitors] = all.filter(({ kind }) => kind === 'PodMonitor');
    const [rule, ...rules] = all.filter(({ kind }) => kind === 'PrometheusRule');
    new PodMonitor(monitor as never).validate();
    new PrometheusRule(rule as never).validate();
    expect([monitors, rules]).toEqual([[], []]);
  });
});

/** Their text is told once, in chart/dashboards. */
const withoutBoards = (text: string): string =>
  text.replaceAll(/(?<name>self-scaling-\w+\.json): \|-\n(?: {4}.*\n)+/g, '$<name>: ""\n');
