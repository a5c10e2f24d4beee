import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { TrainValues } from '../../domain/settings.ts';

const Days = (description: string, example: string) => Type.String({ description, example });

export const TrainValuesSchema = Type.Object({
  Future_data: Days('How far ahead forecasts reach, whole days.', '1'),
  History_data: Days('How much history training reads, whole days.', '28'),
});

const SentDays = (description: string) =>
  Type.Union([Type.String(), Type.Number()], { description });

export const TrainValuesBodySchema = Type.Object(
  {
    Future_data: SentDays('Whole days, as a number or a string of digits; at most 7.'),
    History_data: SentDays('Whole days, as a number or a string of digits; at most the retention.'),
  },
  { additionalProperties: false, examples: [{ Future_data: '1', History_data: '28' }] },
);

/** Both members, no other; what they hold is judged after that. */
const ShapeSchema = Type.Object(
  { Future_data: Type.Unknown(), History_data: Type.Unknown() },
  { additionalProperties: false },
);

export type TrainValuesBody =
  | { readonly ok: true; readonly values: TrainValues }
  | { readonly ok: false; readonly defect: 'shape' | 'values' };

export function readTrainValuesBody(body: unknown): TrainValuesBody {
  if (!Value.Check(ShapeSchema, body)) return { ok: false, defect: 'shape' };
  const historyDays = daysOf(body.History_data);
  const futureDays = daysOf(body.Future_data);
  if (historyDays === undefined || futureDays === undefined) return { ok: false, defect: 'values' };
  return { ok: true, values: { historyDays, futureDays } };
}

/** Whole days: the forecast is made of whole days, so a fraction is refused like any other nonsense. */
function daysOf(sent: unknown): number | undefined {
  const days = typeof sent === 'string' && /^\d+(?:\.0+)?$/.test(sent) ? Number(sent) : sent;
  return typeof days === 'number' && Number.isInteger(days) && days > 0 ? days : undefined;
}
