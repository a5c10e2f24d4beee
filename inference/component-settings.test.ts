import { describe, expect, test } from 'vitest';
import { minutes } from '../domain/units.ts';
import { annotated, OPTIONS } from '../test/scaling.ts';
import { settingsOf } from './component-settings.ts';

const read = (annotations: Record<string, string>) => settingsOf(annotated(annotations), OPTIONS);

test('without annotations the configuration holds', () => {
  expect(read({})).toEqual({
    minReplicas: 2,
    maxReplicas: 20,
    level: 0.9,
    leadTime: minutes(5),
    capacity: {},
    invalid: [],
  });
});

test('annotations go before the configuration', () => {
  expect(
    read({
      'min-replicas': '3',
      'max-replicas': '30',
      level: '0.95',
      'lead-time': '90s',
      'capacity-cpu': '250m',
      'capacity-memory': '1Gi',
    }),
  ).toEqual({
    minReplicas: 3,
    maxReplicas: 30,
    level: 0.95,
    leadTime: minutes(1.5),
    capacity: { cpu: 0.25, memory: 2 ** 30 },
    invalid: [],
  });
});

describe('a bad annotation is said, and the configuration holds', () => {
  test.each([
    ['min-replicas', '0'],
    ['min-replicas', '-1'],
    ['min-replicas', '1.5'],
    ['max-replicas', ''],
    ['max-replicas', '10001'],
    ['max-replicas', '1e3'],
    ['level', '1'],
    ['level', '0.49'],
    ['level', '0.995'],
    ['level', '90'],
    ['lead-time', '5'],
    ['lead-time', '59s'],
    ['lead-time', '61m'],
    ['lead-time', '2h'],
    ['capacity-cpu', '0'],
    ['capacity-cpu', '-1'],
    ['capacity-memory', '1 GB'],
    ['capacity-memory', '9'.repeat(400)],
  ])('%s: %s', (name, text) => {
    const { invalid, ...rest } = read({ [name]: text });
    const { invalid: none, ...configured } = read({});
    expect(rest).toEqual(configured);
    expect(invalid).toEqual([
      expect.stringContaining(
        `annotation self-scaling.io/${name} is ${JSON.stringify(text)}, not `,
      ),
    ]);
    expect(none).toEqual([]);
  });

  test('and so are all of them at once', () => {
    expect(read({ 'min-replicas': 'x', level: 'x', 'lead-time': 'x' }).invalid).toHaveLength(3);
  });
});
