import type { BoardWish } from './boards.ts';
import { lines, number, rows } from './panels.ts';
import type { Question } from './query.ts';

const usage = (
  by: Question['by'],
  fields: readonly string[],
  about: Partial<Question> = {},
): Question => ({
  bucket: 'history',
  measurement: 'usage',
  fields,
  by,
  parts: [],
  ...about,
});
const EACH = ['namespace', 'component'];

/** All components at a glance. */
export const FLEET: BoardWish = {
  uid: 'self-scaling-fleet',
  title: 'Self-scaling / Fleet',
  says: 'All components: what they use, what is expected, how well it was forecast.',
  from: 'now-1d',
  to: 'now+1d',
  ofOne: false,
  panels: (language) => [
    number(
      {
        title: 'CPU now',
        says: 'Cores used by all components in the last quarter of an hour that closed.',
        unit: 'short',
        width: 6,
        questions: [usage('last', ['cpu_cores'], { parts: EACH })],
      },
      language,
    ),
    number(
      {
        title: 'Memory now',
        says: 'Bytes of all components in the last quarter of an hour that closed.',
        unit: 'bytes',
        width: 6,
        questions: [usage('last', ['memory_bytes'], { parts: EACH })],
      },
      language,
    ),
    number(
      {
        title: 'Skill of the last day',
        says: 'Mean over components of 1 - error / error of the value a day earlier.',
        unit: 'percentunit',
        width: 6,
        questions: [
          { bucket: 'eval', measurement: 'score', fields: ['skill'], by: 'mean', parts: [] },
        ],
      },
      language,
    ),
    number(
      {
        title: 'Pods missing',
        says: 'Pods that ran but were not reported, at most.',
        unit: 'short',
        width: 6,
        questions: [usage('max', ['pods_missing'])],
      },
      language,
    ),
    lines(
      {
        title: 'CPU of all',
        says: 'Usage of each component, in cores.',
        unit: 'short',
        width: 12,
        questions: [usage('mean', ['cpu_cores'], { parts: EACH, every: '15m' })],
      },
      language,
    ),
    lines(
      {
        title: 'CPU expected',
        says: 'The 90 % level of each component’s forecast, in cores.',
        unit: 'short',
        width: 12,
        questions: [
          {
            bucket: 'future',
            measurement: 'forecast',
            fields: ['q900'],
            where: { resource: 'cpu' },
            by: 'last',
            parts: EACH,
            every: '15m',
          },
        ],
      },
      language,
    ),
    rows(
      {
        title: 'Components',
        says: 'Mean usage over the range shown, and ready pods.',
        unit: 'short',
        width: 24,
        questions: [
          usage('mean', ['cpu_cores', 'memory_bytes', 'replicas_ready'], { parts: EACH }),
        ],
      },
      language,
    ),
  ],
};
