import type { BoardWish } from './boards.ts';
import { lines } from './panels.ts';
import type { Question } from './query.ts';

const counted = (
  bucket: Question['bucket'],
  measurement: string,
  field: string,
  parts: readonly string[] = [],
): Question => ({ bucket, measurement, fields: [field], by: 'count', parts, every: '15m' });

/** Whether the program does its work, as far as the database shows it; the rest is in Prometheus (docs/RUNBOOK.md). */
export const SYSTEM: BoardWish = {
  uid: 'self-scaling-system',
  title: 'Self-scaling / Operations',
  says: 'Collection, forecasts, runs and decisions, as the database shows them.',
  from: 'now-2d',
  to: 'now',
  ofOne: false,
  panels: (language) => [
    lines(
      {
        title: 'Components collected',
        says: 'Quarters of an hour that were stored; a fall to nothing is a gap in the history of all.',
        unit: 'short',
        width: 12,
        questions: [counted('history', 'usage', 'cpu_cores')],
      },
      language,
    ),
    lines(
      {
        title: 'Samples of a quarter of an hour',
        says: '15 are all of them.',
        unit: 'short',
        width: 12,
        questions: [
          {
            bucket: 'history',
            measurement: 'usage',
            fields: ['sample_count'],
            by: 'mean',
            parts: [],
            every: '15m',
          },
        ],
      },
      language,
    ),
    lines(
      {
        title: 'Runs',
        says: 'Runs of training and inference that were asked for.',
        unit: 'short',
        width: 12,
        questions: [counted('eval', 'run', 'state', ['kind'])],
      },
      language,
    ),
    lines(
      {
        title: 'Decisions',
        says: 'What was done to HPAs, or left, by kind.',
        unit: 'short',
        width: 12,
        questions: [counted('eval', 'decision', 'doc', ['what'])],
      },
      language,
    ),
  ],
};
