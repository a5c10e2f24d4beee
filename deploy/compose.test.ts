import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { ALL_SETTINGS } from '../config/schema.ts';

type Service = {
  readonly image: string;
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
};
const text = readFileSync(join(import.meta.dirname, 'compose.yaml'), 'utf8');
const { services } = parse(text, { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
};

test('every setting in the environment is one that there is', () => {
  const known = new Set(ALL_SETTINGS.map(({ environment }) => environment));
  const named = [...text.matchAll(/SELF_SCALING_\w+/g)].map(([name]) => name);
  expect(named.filter((name) => !known.has(name))).toEqual([]);
  expect(named.length).toBeGreaterThan(5);
});

test('every service is read-only, without capabilities, and of a version that is named', () => {
  for (const [name, service] of Object.entries(services)) {
    expect([name, service.read_only, service.cap_drop]).toEqual([name, true, ['ALL']]);
    expect(service.image).toMatch(/:\d+\.\d+\.\d+$/);
  }
});

test('the program is told what it knows: each command has a help', () => {
  const main = ['main.ts', 'main/surroundings.ts']
    .map((file) => readFileSync(join(import.meta.dirname, '..', file), 'utf8'))
    .join('\n');
  const commands = ['bootstrap', 'self-scaling', 'demo'].map((name) => services[name]?.command[0]);
  for (const command of commands) expect(main).toContain(`'${command}'`);
});
