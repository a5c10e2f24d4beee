import { expect, test } from 'vitest';
import { LEVELS } from '../../domain/forecast.ts';
import { epochMs, STEP } from '../../domain/units.ts';
import { FORECAST_HEADER, forecastRows } from './forecast-csv.ts';

test('a forecast is written a line a step, with seven digits', () => {
  const at = epochMs(1_381_336_200_000);
  const values = LEVELS.map((level) => Float64Array.of(level / 3, 12_345_678.9));
  const rows = forecastRows({
    series: 'a',
    at,
    forecast: { start: at, step: STEP, levels: LEVELS, values },
  });
  expect(FORECAST_HEADER).toBe(
    'series,origin,step,q0.1,q0.2,q0.3,q0.4,q0.5,q0.6,q0.7,q0.8,q0.9,q0.95,q0.99\n',
  );
  expect(rows.split('\n')).toEqual([
    'a,1381336200,0,0.03333333,0.06666667,0.1,0.1333333,0.1666667,0.2,0.2333333,0.2666667,0.3,0.3166667,0.33',
    `a,1381336200,1,${LEVELS.map(() => 12_345_680).join(',')}`,
    '',
  ]);
});
test('a name with commas is quoted', () => {
  const at = epochMs(0);
  const forecast = {
    start: at,
    step: STEP,
    levels: LEVELS,
    values: LEVELS.map(() => Float64Array.of(0)),
  };
  expect(forecastRows({ series: 'a, "b"', at, forecast })).toMatch(/^"a, ""b""",0,0,/);
});
