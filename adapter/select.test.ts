import { describe, expect, test } from 'vitest';
import { seconds } from '../domain/units.ts';
import { parseWanted } from './select.ts';

describe('one component is named', () => {
  test.each([
    'component=cart',
    'component==cart',
    'component in (cart)',
    'component=cart,component!=old',
    'component in (cart,old),component=cart',
    'component=cart,component=cart',
  ])('by %s', (selector) => {
    expect(parseWanted(selector).component).toBe('cart');
  });

  test.each([
    '',
    'component',
    '!component',
    'component=',
    'component!=old',
    'component notin (old)',
    'component in (cart,old)',
    'component=cart,component=old',
    'kind=Deployment',
  ])('or the selector is refused: %j', (selector) => {
    expect(() => parseWanted(selector)).toThrow(
      expect.objectContaining({
        code: 'SELECTOR_AMBIGUOUS',
        message: 'the selector must name one component',
      }),
    );
  });
});

describe('overrides', () => {
  test('the quantile level and the lead time may be named', () => {
    expect(parseWanted('component=cart,quantile=0.95,lead=600s')).toMatchObject({
      level: 0.95,
      leadTime: seconds(600),
    });
  });

  test('without them nothing is overridden', () => {
    expect(parseWanted('component=cart')).not.toHaveProperty('level');
  });

  test('they are not conditions on the answer', () => {
    expect(parseWanted('component=cart,quantile=0.95,team=x').conditions).toEqual([
      { key: 'component', operator: 'in', values: ['cart'] },
      { key: 'team', operator: 'in', values: ['x'] },
    ]);
  });

  const QUANTILE = 'quantile must be one number from 0.5 to 0.99, such as quantile=0.95';
  const LEAD = 'lead must be one number of whole seconds, at most 86400, such as lead=300s';
  test.each([
    ['quantile=2', QUANTILE],
    ['quantile=0.3', QUANTILE],
    ['quantile=high', QUANTILE],
    ['quantile=', QUANTILE],
    ['quantile', QUANTILE],
    ['!quantile', QUANTILE],
    ['quantile!=0.9', QUANTILE],
    ['quantile in (0.9,0.95)', QUANTILE],
    ['quantile=0.9,quantile=0.95', QUANTILE],
    ['lead=5m', LEAD],
    ['lead=1.5s', LEAD],
    ['lead=86401s', LEAD],
    ['lead>300', LEAD],
  ])('%s is refused with what would be right', (override, message) => {
    expect(() => parseWanted(`component=cart,${override}`)).toThrow(
      expect.objectContaining({ code: 'REQUEST_INVALID', message }),
    );
  });
});
