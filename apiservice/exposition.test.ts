import { expect, test } from 'vitest';
import { counter, gauge, histogram } from './exposition.ts';

test('a counter counts by its labels', () => {
  const hits = counter('hits_total', 'Hits.');
  hits.add('a', () => ({ path: 'a"b\\c\nd' }));
  hits.add('a', () => ({ path: 'is made once' }));
  hits.add('b', () => ({}));
  expect(hits.text()).toBe(
    '# HELP hits_total Hits.\n# TYPE hits_total counter\nhits_total{path="a\\"b\\\\c\\nd"} 2\nhits_total 1\n',
  );
});

test('a histogram adds up what lies below each bound', () => {
  const waits = histogram('waits_seconds', 'Waits.', [0.1, 1]);
  for (const seconds of [0.1, 0.5, 0.5, 7]) waits.observe('', () => ({ who: 'x' }), seconds);
  expect(waits.text().split('\n').slice(2)).toEqual([
    'waits_seconds_bucket{who="x",le="0.1"} 1',
    'waits_seconds_bucket{who="x",le="1"} 3',
    'waits_seconds_bucket{who="x",le="+Inf"} 4',
    'waits_seconds_sum{who="x"} 8.1',
    'waits_seconds_count{who="x"} 4',
    '',
  ]);
});

test('a gauge shows what stands', () => {
  expect(gauge('now', 'Now.', [[{ kind: 'a' }, 3]])).toBe(
    '# HELP now Now.\n# TYPE now gauge\nnow{kind="a"} 3\n',
  );
});
