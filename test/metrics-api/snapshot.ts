import type { ComponentFacts } from '../../domain/facts.ts';
import type { Reading } from '../../domain/reading.ts';
import type { Question, Snapshot } from '../../domain/snapshot.ts';
import { epochMs, minutes, type EpochMs } from '../../domain/units.ts';

type Known = {
  readonly facts?: Partial<ComponentFacts>;
  read(question: Question, issuedAt: EpochMs): Reading;
};

const UNKNOWN: Reading = { kind: 'unknown' };
const predicted = (value: number) => (question: Question, issuedAt: EpochMs) =>
  ({
    kind: 'predicted',
    // The higher the level, the more; 1.2345 at 0.90.
    value: value + ((question.level ?? 0.9) - 0.9),
    issuedAt,
    model: 'network',
    level: question.level ?? 0.9,
    leadTime: question.leadTime ?? minutes(5),
  }) as const;

/** The components of metrics-api.md 8.1, in the namespace `shop`. */
const COMPONENTS: Readonly<Record<string, Known>> = {
  cart: {
    facts: { capacity: { cpu: 0.375 } },
    read: (question, issuedAt) =>
      predicted(question.resource === 'cpu' ? 1.2345 : 2 ** 28)(question, issuedAt),
  },
  old: { read: (_, issuedAt) => ({ kind: 'stale', issuedAt, age: minutes(375) }) },
  new: { read: () => UNKNOWN },
  bad: {
    read: (question, issuedAt) => ({ ...predicted(1)(question, issuedAt), value: Number.NaN }),
  },
  twin: {
    facts: { kind: 'StatefulSet', otherKinds: ['Deployment'] },
    read: predicted(1),
  },
};

export function snapshotOf(at: EpochMs): Snapshot {
  const issuedAt = epochMs(at - minutes(10));
  return {
    at,
    facts(key) {
      const known = key.namespace === 'shop' ? COMPONENTS[key.component] : undefined;
      return (
        known && {
          key,
          kind: 'Deployment',
          otherKinds: [],
          level: 0.9,
          leadTime: minutes(5),
          capacity: {},
          ...known.facts,
        }
      );
    },
    issue: () => undefined,
    read: (question) =>
      question.key.namespace === 'shop'
        ? (COMPONENTS[question.key.component]?.read(question, issuedAt) ?? UNKNOWN)
        : UNKNOWN,
  };
}
