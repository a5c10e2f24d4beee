import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isRefusal } from '../domain/errors.ts';
import { hours, minutes } from '../domain/units.ts';
import { loadConfig } from './load.ts';
import { ALL_SETTINGS } from './schema.ts';

const load = (text: string, environment: Record<string, string> = {}, flags: string[] = []) =>
  loadConfig({ file: { name: 'self-scaling.yaml', text }, environment, flags });

const messageOf = (attempt: () => unknown): string => {
  try {
    attempt();
  } catch (error) {
    if (isRefusal(error, 'CONFIG_INVALID')) return error.message;
    throw error;
  }
  return expect.unreachable('nothing was refused');
};

describe('the configuration', () => {
  test('is complete with nothing given', () => {
    const config = loadConfig({ environment: {}, flags: [] });
    expect(config.forecast).toMatchObject({ historyDays: 28, level: 0.9, holdTime: hours(6) });
    expect(config.kube.excludeNamespaces).toContain('kube-system');
  });

  test('takes a flag before the environment, the environment before the file', () => {
    const text = 'forecast:\n  leadTime: 1m\n  level: 0.8\n  holdTime: 2h\n';
    const environment = {
      SELF_SCALING_FORECAST_LEAD_TIME: '2m',
      SELF_SCALING_FORECAST_LEVEL: '0.7',
    };
    const { forecast } = load(text, environment, ['forecast.leadTime=3m']);
    expect(forecast).toMatchObject({ leadTime: minutes(3), level: 0.7, holdTime: hours(2) });
  });

  test('reports every mistake at once, with what is allowed and where it stands', () => {
    const text = 'forecast:\n  holdTme: 6h\n  level: 1.2\nstore:\n  kind: mysql\n';
    expect(messageOf(() => load(text, { SELF_SCALING_STORE_TIMEOUT: 'soon' })))
      .toMatchInlineSnapshot(`
      "self-scaling.yaml: 4 problems
        forecast.level: 1.2 is not a number between 0.5 and 0.99; the default is 0.9 (file, line 3)
        store.kind: mysql is not one of sqlite, influx2; the default is sqlite (file, line 5)
        store.timeout: soon is not a duration such as 90s, 15m, 6h or 28d; the default is 10s (SELF_SCALING_STORE_TIMEOUT)
        forecast.holdTme: unknown setting; did you mean forecast.holdTime? (file, line 2)"
    `);
  });

  test.each([
    [
      'a variable set by service links',
      { SELF_SCALING_PORT: 'tcp://10.0.0.1:80' },
      'enableServiceLinks: false',
    ],
    [
      'a misspelt variable',
      { SELF_SCALING_FORECAST_LEVL: '0.9' },
      'did you mean SELF_SCALING_FORECAST_LEVEL?',
    ],
  ])('%s is named with its remedy', (_, environment, remedy) => {
    expect(messageOf(() => load('', environment))).toContain(remedy);
  });

  test.each([
    ['a floor above the ceiling', ['scaling.minReplicas=20'], 'raise the maximum'],
    ['open access on an open address', ['controller.host=0.0.0.0'], 'set controller.access'],
    ['InfluxDB without a token', ['store.kind=influx2'], 'self-scaling bootstrap'],
    ['a hold time beyond the snapshot', ['forecast.holdTime=30h'], 'at most 24h'],
    ['a flag without a value', ['forecast.level'], 'is not path=value'],
  ])('%s is refused', (_, flags, remedy) => {
    expect(messageOf(() => load('', {}, flags))).toContain(remedy);
  });

  test('a broken file is named with its line', () => {
    expect(messageOf(() => load('forecast: {level: [\n'))).toContain('self-scaling.yaml');
    expect(messageOf(() => load('- a\n- b\n'))).toContain('is not a map of settings');
    expect(messageOf(() => load('forecast: 3\n'))).toContain('is not a map of settings');
  });

  test('no two settings share a name in the environment', () => {
    const names = ALL_SETTINGS.map(({ environment }) => environment);
    expect(new Set(names).size).toBe(names.length);
  });

  test('every default is what its own parser reads', () => {
    for (const { path, setting } of ALL_SETTINGS) {
      expect([path, setting.parse(setting.written)]).toEqual([
        path,
        { ok: true, value: setting.fallback },
      ]);
    }
  });

  test('whatever is written, only a list of mistakes is thrown', () => {
    const outcome = (text: string, environment: Record<string, string>): string => {
      try {
        load(text, environment);
        return 'read';
      } catch (error) {
        return isRefusal(error, 'CONFIG_INVALID') ? 'refused' : String(error);
      }
    };
    fc.assert(
      fc.property(fc.string(), fc.dictionary(fc.string(), fc.string()), (text, environment) => {
        expect(outcome(text, environment)).toMatch(/^(read|refused)$/);
      }),
    );
  });
});
