import type { BoardWish } from './boards.ts';
import { lines } from './panels.ts';
import type { Question } from './query.ts';

const ONE = { namespace: '${namespace}', component: '${component}' };
const OF_RESOURCE = { ...ONE, resource: '${resource}' };
const usage: Question = {
  bucket: 'history',
  measurement: 'usage',
  fields: '^${resource}_(cores|bytes)$',
  where: ONE,
  by: 'mean',
  parts: [],
  every: '15m',
};
const forecast = (fields: readonly string[]): Question => ({
  bucket: 'future',
  measurement: 'forecast',
  fields,
  where: OF_RESOURCE,
  by: 'last',
  parts: [],
  every: '15m',
});
const asIssued = (lead: string): Question => ({
  bucket: 'future',
  measurement: 'vintage',
  fields: ['q500'],
  where: { ...OF_RESOURCE, lead },
  by: 'last',
  parts: ['lead'],
  every: '15m',
});

/** One component: what it used, what is expected, what was expected, and what was done. */
export const COMPONENT: BoardWish = {
  uid: 'self-scaling-component',
  title: 'Self-scaling / Component',
  says: 'Usage and forecast of one component, two days back and one ahead; decisions are marked.',
  from: 'now-2d',
  to: 'now+1d',
  ofOne: true,
  panels: (language) => [
    lines(
      {
        title: 'Usage and forecast',
        says: 'What was used (15-minute means), the median forecast, and the band between its 10 % and 90 % levels.',
        unit: 'short',
        width: 24,
        questions: [usage, forecast(['q100', 'q500', 'q900'])],
      },
      language,
      { low: 'q100', high: 'q900' },
    ),
    lines(
      {
        title: 'As it was forecast before',
        says: 'The median as it was issued 1 h (004), 4 h (016) and 24 h (096) before, never edited, beside what came.',
        unit: 'short',
        width: 12,
        questions: [usage, asIssued('004'), asIssued('016'), asIssued('096')],
      },
      language,
    ),
    lines(
      {
        title: 'Levels',
        says: 'The levels that scaling may be set to, over the median.',
        unit: 'short',
        width: 12,
        questions: [forecast(['q500', 'q800', 'q900', 'q950', 'q990'])],
      },
      language,
    ),
    lines(
      {
        title: 'Replicas',
        says: 'Ready pods, and pods that ran but were not reported.',
        unit: 'short',
        width: 12,
        questions: [
          {
            bucket: 'history',
            measurement: 'usage',
            fields: ['replicas_ready', 'pods_missing'],
            where: ONE,
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
        title: 'Skill',
        says: '1 - error / error of the value a day earlier, per day and steps ahead; below 0 the forecast is not used.',
        unit: 'percentunit',
        width: 12,
        questions: [
          {
            bucket: 'eval',
            measurement: 'score',
            fields: ['skill'],
            where: OF_RESOURCE,
            by: 'mean',
            parts: ['lead'],
            every: '1d',
          },
        ],
      },
      language,
    ),
  ],
};
