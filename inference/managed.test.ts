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

const onWorkload = (managed: boolean) => ({ managed, on: 'workload' }) as const;
const onNamespace = (managed: boolean) => ({ managed, on: 'namespace' }) as const;

test.each([
  ['nobody says anything', undefined, undefined, false, 'default'],
  ['the label says yes', undefined, onWorkload(true), true, 'label'],
  ['the label says no', undefined, onWorkload(false), false, 'label'],
  ['the namespace says yes', undefined, onNamespace(true), true, 'namespace'],
  ['the namespace says no', undefined, onNamespace(false), false, 'namespace'],
  ['REST says no and the label yes', false, onWorkload(true), false, 'rest'],
  ['REST says yes and the label no', true, onWorkload(false), true, 'rest'],
  ['REST says no and the namespace yes', false, onNamespace(true), false, 'rest'],
  ['REST took its word back', null, onWorkload(true), true, 'label'],
  ['the setting is no flag', 'true', undefined, false, 'default'],
])('%s', (_, rest, label, managed, by) => {
  const workload = aWorkload(label === undefined ? {} : { managedByLabel: label });
  expect(asked(rest)(workload)).toEqual({ managed, by });
});
