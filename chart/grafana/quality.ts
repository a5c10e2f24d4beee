import type { BoardWish } from './boards.ts';
import { lines, rows } from './panels.ts';
import type { Question } from './query.ts';

const score = (fields: readonly string[], parts: readonly string[], every?: string): Question => ({
  bucket: 'eval',
  measurement: 'score',
  fields,
  by: 'mean',
  parts,
  ...(every === undefined ? {} : { every }),
});

/** How good the forecasts were that were issued. */
export const QUALITY: BoardWish = {
  uid: 'self-scaling-quality',
  title: 'Self-scaling / Forecast quality',
  says: 'Forecasts as they were issued, scored when the truth came.',
  from: 'now-30d',
  to: 'now',
  ofOne: false,
  panels: (language) => [
    lines(
      {
        title: 'Error by steps ahead',
        says: 'Mean absolute error / mean change from one day to the next, per day; 1 is as bad as the value a day earlier.',
        unit: 'short',
        width: 12,
        questions: [score(['mase'], ['lead'], '1d')],
      },
      language,
    ),
    lines(
      {
        title: 'Skill by steps ahead',
        says: '1 - quantile loss / that of the value a day earlier.',
        unit: 'percentunit',
        width: 12,
        questions: [score(['skill'], ['lead'], '1d')],
      },
      language,
    ),
    lines(
      {
        title: 'Coverage',
        says: 'Share of truths between the 10 % and the 90 % level; 80 % is right.',
        unit: 'percentunit',
        width: 12,
        questions: [score(['coverage'], ['lead'], '1d')],
      },
      language,
    ),
    lines(
      {
        title: 'Quantile loss by model',
        says: 'Scaled; lower is better.',
        unit: 'short',
        width: 12,
        questions: [score(['pinball'], ['model'], '1d')],
      },
      language,
    ),
    rows(
      {
        title: 'Components by skill',
        says: 'Mean over the range shown; below 0 a forecast is not used for scaling.',
        unit: 'percentunit',
        width: 24,
        questions: [score(['skill', 'coverage'], ['namespace', 'component', 'resource'])],
      },
      language,
    ),
  ],
};
