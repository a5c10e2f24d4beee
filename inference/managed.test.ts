import { expect, test } from 'vitest';
import type { Json } from '../domain/settings.ts';
import { TEN } from '../test/builders.ts';
import { aWorkload } from '../test/scaling.ts';
import { whoIsManaged } from './managed.ts';

const asked = (value?: Json) =>
  whoIsManaged(
    value === undefined
      ? []
      : [{ name: 'managed/shop/cart', value, changedBy: 'user:jane', at: TEN }],
  );

test.each([
  ['nobody says anything', undefined, undefined, false, 'default'],
  ['the label says yes', undefined, true, true, 'label'],
  ['REST says no and the label yes', false, true, false, 'rest'],
  ['REST says yes and the label no', true, false, true, 'rest'],
  ['REST took its word back', null, true, true, 'label'],
  ['the setting is no flag', 'true', undefined, false, 'default'],
])('%s', (_, rest, label, managed, by) => {
  const workload = aWorkload(label === undefined ? {} : { managedByLabel: label });
  expect(asked(rest)(workload)).toEqual({ managed, by });
});
