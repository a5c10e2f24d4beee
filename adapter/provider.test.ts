import { describe, expect, test } from 'vitest';
import type { ComponentFacts } from '../domain/facts.ts';
import type { Reading } from '../domain/reading.ts';
import type { Question, Snapshot } from '../domain/snapshot.ts';
import { durationMs, epochMs, minutes } from '../domain/units.ts';
import { cart, TEN } from '../test/builders.ts';
import { externalMetrics } from './provider.ts';

const someFacts: ComponentFacts = {
  key: cart,
  kind: 'Deployment',
  otherKinds: [],
  level: 0.9,
  leadTime: minutes(5),
  capacity: { cpu: 0.375, memory: 100 },
};

type Told = {
  readonly facts?: ComponentFacts;
  readonly cpu?: Reading | number;
  readonly memory?: Reading | number;
};

/** A snapshot of cart alone; a number is a prediction of it, whatever is asked. */
function aSnapshot({ facts, cpu, memory }: Told): Snapshot & { questions: Question[] } {
  const questions: Question[] = [];
  return {
    questions,
    at: TEN,
    facts: ({ component }) => (component === 'cart' ? facts : undefined),
    issue: () => undefined,
    read(question) {
      questions.push(question);
      const told = question.resource === 'cpu' ? cpu : memory;
      if (question.key.component !== 'cart' || told === undefined) return { kind: 'unknown' };
      if (typeof told !== 'number') return told;
      return {
        kind: 'predicted',
        value: told,
        issuedAt: question.resource === 'cpu' ? TEN : epochMs(TEN - minutes(15)),
        model: question.resource === 'cpu' ? 'network' : 'median',
        level: question.level ?? 0,
        leadTime: question.leadTime ?? durationMs(0),
      };
    },
  };
}

const ask = (told: Told, metric: string, selector = 'component=cart') =>
  externalMetrics({ current: () => aSnapshot(told) }).answer('shop', metric, selector, TEN);

describe('one component, one item', () => {
  test('cpu, with the labels of the component', () => {
    expect(ask({ facts: someFacts, cpu: 1.2345 }, 'predicted-cpu')).toEqual([
      {
        metricName: 'predicted-cpu',
        metricLabels: {
          component: 'cart',
          kind: 'Deployment',
          lead: '300s',
          model: 'network',
          quantile: '0.90',
        },
        timestamp: '2026-11-24T10:00:00Z',
        window: 300,
        value: '1235m',
      },
    ]);
  });

  test('the name of a metric is the same in capitals', () => {
    const [value] = ask({ facts: someFacts, cpu: 1 }, 'Predicted-CPU');
    expect(value?.metricName).toBe('predicted-cpu');
  });

  test('the component’s own level and lead time are asked for, or what the selector says', () => {
    const snapshot = aSnapshot({
      facts: { ...someFacts, level: 0.8, leadTime: minutes(7) },
      cpu: 1,
    });
    const provider = externalMetrics({ current: () => snapshot });
    provider.answer('shop', 'predicted-cpu', 'component=cart', TEN);
    provider.answer('shop', 'predicted-cpu', 'component=cart,quantile=0.95,lead=600s', TEN);
    expect(snapshot.questions.map(({ level, leadTime }) => [level, leadTime])).toEqual([
      [0.8, minutes(7)],
      [0.95, minutes(10)],
    ]);
  });

  test('a forecast without facts is served at 0.90 over five minutes, without a kind', () => {
    const [value] = ask({ cpu: 1 }, 'predicted-cpu');
    expect(value?.metricLabels).toEqual({
      component: 'cart',
      lead: '300s',
      model: 'network',
      quantile: '0.90',
    });
  });

  test('conditions that the labels meet change nothing', () => {
    const selector = 'component=cart,kind=Deployment,model=network,!team';
    expect(ask({ facts: someFacts, cpu: 1 }, 'predicted-cpu', selector)).toHaveLength(1);
  });
});

describe('refusals', () => {
  const twin: ComponentFacts = { ...someFacts, otherKinds: ['StatefulSet'] };
  const stale: Reading = { kind: 'stale', issuedAt: TEN, age: minutes(400) };
  test.each<[string, Told, string, string, string]>([
    ['a metric nobody knows', { cpu: 1 }, 'foo', 'component=cart', 'METRIC_NOT_FOUND'],
    ['a selector that is none', { cpu: 1 }, 'predicted-cpu', 'a in (', 'REQUEST_INVALID'],
    ['a component nobody knows', { cpu: 1 }, 'predicted-cpu', 'component=x', 'FORECAST_MISSING'],
    ['a stale forecast', { cpu: stale }, 'predicted-cpu', 'component=cart', 'FORECAST_STALE'],
    [
      'a label that does not fit',
      { facts: someFacts, cpu: 1 },
      'predicted-cpu',
      'component=cart,team=x',
      'FORECAST_MISSING',
    ],
    [
      'another kind, stale or not',
      { facts: someFacts, cpu: stale },
      'predicted-cpu',
      'component=cart,kind=StatefulSet',
      'FORECAST_MISSING',
    ],
    [
      'one name for two workloads',
      { facts: twin, cpu: 1 },
      'predicted-cpu',
      'component=cart',
      'SELECTOR_AMBIGUOUS',
    ],
    [
      'the other one of two workloads, whose forecast is not known',
      { facts: twin, cpu: 1 },
      'predicted-cpu',
      'component=cart,kind=StatefulSet',
      'FORECAST_MISSING',
    ],
  ])('%s', (_, told, metric, selector, code) => {
    expect(() => ask(told, metric, selector)).toThrow(expect.objectContaining({ code }));
  });

  test('two workloads of one name: the refusal names the kinds', () => {
    expect(() => ask({ facts: twin, cpu: 1 }, 'predicted-cpu')).toThrow(
      expect.objectContaining({
        message: 'name the kind',
        details: { component: 'cart', cause: 'there are: Deployment, StatefulSet' },
      }),
    );
  });

  test('no snapshot has ever been read', () => {
    const provider = externalMetrics({ current: () => undefined });
    expect(() => provider.answer('shop', 'predicted-cpu', 'component=cart', TEN)).toThrow(
      expect.objectContaining({
        code: 'STORE_UNAVAILABLE',
        message: 'forecasts cannot be read',
      }),
    );
  });

  test('an unknown metric lists those there are', () => {
    expect(() => ask({}, 'Foo')).toThrow(
      'no metric "Foo" here; there are: predicted-cpu, predicted-memory, predicted-replicas',
    );
  });
});

describe('an answer is made once for each reading', () => {
  /** A provider whose snapshot is whatever was told last. */
  const telling = () => {
    let told: Told = { facts: someFacts, cpu: 1 };
    const provider = externalMetrics({ current: () => aSnapshot(told) });
    return (next: Told, metric = 'predicted-cpu', namespace = 'shop') => {
      told = next;
      return provider.answer(namespace, metric, 'component=cart', TEN);
    };
  };
  const predicted = { kind: 'predicted', model: 'a', level: 0.9, leadTime: minutes(5) } as const;
  const aReading = (about: object = {}): Told => ({
    facts: someFacts,
    cpu: { ...predicted, value: 1, issuedAt: TEN, ...about },
  });

  test('and is the same while the reading is', () => {
    const tell = telling();
    expect(tell(aReading())).toBe(tell(aReading()));
  });

  test.each<[string, Told]>([
    ['its value', aReading({ value: 2 })],
    ['its moment of issue', aReading({ issuedAt: epochMs(TEN + 1000) })],
    ['its model', aReading({ model: 'b' })],
    ['its level', aReading({ level: 0.95 })],
    ['its lead time', aReading({ leadTime: minutes(10) })],
    ['the kind of its workload', { ...aReading(), facts: { ...someFacts, kind: 'StatefulSet' } }],
  ])('but another when %s is another', (_, next) => {
    const tell = telling();
    const before = tell(aReading());
    expect(tell(next)).toEqual(telling()(next));
    expect(tell(next)).not.toEqual(before);
  });

  test('and never that of another metric or another namespace', () => {
    const tell = telling();
    const told = { facts: someFacts, cpu: 1, memory: 1 };
    const answers = [
      tell(told),
      tell(told, 'predicted-memory'),
      tell(told, 'predicted-cpu', 'elsewhere'),
    ];
    expect(new Set(answers).size).toBe(3);
    expect(answers.map(([value]) => value?.metricName)).toEqual([
      'predicted-cpu',
      'predicted-memory',
      'predicted-cpu',
    ]);
  });

  test('however many namespaces ask for it', () => {
    const tell = telling();
    const namespaces = Array.from({ length: 20 }, (_, index) => `ns-${index}`);
    const values = namespaces.map((namespace) => tell(aReading(), 'predicted-cpu', namespace)[0]);
    expect(values).toHaveLength(20);
    expect(new Set(values.map((value) => value?.value))).toEqual(new Set(['1']));
  });
});

describe('predicted-replicas', () => {
  test.each<[string, Told, string]>([
    ['cpu rules', { facts: someFacts, cpu: 1.2, memory: 100 }, '4'],
    ['memory rules', { facts: someFacts, cpu: 0.1, memory: 250 }, '3'],
    ['a whole number stays itself', { facts: someFacts, cpu: 0.375, memory: 1 }, '1'],
    [
      'float noise asks for no pod',
      { facts: { ...someFacts, capacity: { cpu: 0.1 } }, cpu: 1.1 },
      '11',
    ],
    [
      'a resource without a capacity does not count',
      { facts: { ...someFacts, capacity: { memory: 100 } }, cpu: 99, memory: 100 },
      '1',
    ],
    ['nothing is needed', { facts: someFacts, cpu: 0, memory: 0 }, '0'],
    [
      'thousands are written as Kubernetes writes them',
      { facts: someFacts, cpu: 375, memory: 0 },
      '1k',
    ],
  ])('%s', (_, told, expected) => {
    expect(ask(told, 'predicted-replicas')[0]?.value).toBe(expected);
  });

  test('speaks as of the older of the two issues, with the labels of the one that rules', () => {
    const [value] = ask({ facts: someFacts, cpu: 9, memory: 1 }, 'predicted-replicas');
    expect([value?.timestamp, value?.metricLabels['model']]).toEqual([
      '2026-11-24T09:45:00Z',
      'network',
    ]);
  });

  test.each<[string, Told, string]>([
    ['no capacity is known', { facts: { ...someFacts, capacity: {} }, cpu: 1 }, 'FORECAST_MISSING'],
    ['no facts are known', { cpu: 1, memory: 1 }, 'FORECAST_MISSING'],
    ['one of the two has no forecast', { facts: someFacts, cpu: 1 }, 'FORECAST_MISSING'],
    [
      'one of the two is stale',
      {
        facts: someFacts,
        cpu: 1,
        memory: { kind: 'stale', issuedAt: TEN, age: minutes(400) },
      },
      'FORECAST_STALE',
    ],
    [
      'a capacity is nothing',
      { facts: { ...someFacts, capacity: { cpu: 0, memory: 100 } }, cpu: 1, memory: 1 },
      'FORECAST_MISSING',
    ],
  ])('refused when %s', (_, told, code) => {
    expect(() => ask(told, 'predicted-replicas')).toThrow(expect.objectContaining({ code }));
  });
});
