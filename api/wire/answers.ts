import { Type, type TSchema } from 'typebox';

/** RFC 9457, with members of its own per code. */
export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'urn:self-scaling:error:CODE, or about:blank.' }),
    title: Type.String({ description: 'Constant per code.' }),
    status: Type.Integer(),
    detail: Type.String(),
    instance: Type.String({ description: 'urn:uuid: and the id that the log has of the request.' }),
    code: Type.Optional(Type.String()),
    remedy: Type.Optional(Type.String({ description: 'What cures it, one sentence.' })),
    errors: Type.Optional(
      Type.Array(
        Type.Object(
          { path: Type.String(), message: Type.String() },
          { additionalProperties: true },
        ),
      ),
    ),
  },
  { $id: 'Problem', additionalProperties: true },
);

/** One of the texts fixed by contract. */
export const Text = (...texts: readonly string[]) =>
  Type.Unsafe<string>({ type: 'string', enum: texts });

const PHRASES: Readonly<Record<number, string>> = {
  200: 'Done.',
  202: 'Accepted: the run is under way.',
  400: 'The request is not valid.',
  401: 'No valid token was sent.',
  403: 'This identity may not do that.',
  404: 'There is no such thing.',
  405: 'The method is not served here.',
  409: 'The state does not allow it.',
  413: 'The body is too large.',
  415: 'The content type is not supported.',
  429: 'Too many requests; see Retry-After.',
  500: 'It failed on our side.',
  503: 'A part is not available.',
};

const PROBLEM = { 'application/problem+json': { schema: Type.Ref('Problem#') } };

/** What every route may answer beside its own. */
const EVERYWHERE = [400, 429, 500, 503] as const;
const GUARDED = [401, 403] as const;

/**
 * The responses of a route: its own bodies by status, and a problem document for every status that is
 * named in `problems` or may come from the house itself.
 */
export function answers(
  bodies: Readonly<Record<number, TSchema>>,
  problems: readonly number[] = [],
  open = false,
): Record<number, object> {
  const refusals = new Set([...problems, ...EVERYWHERE, ...(open ? [] : GUARDED)]);
  const statuses = new Set([...Object.keys(bodies).map(Number), ...refusals]);
  return Object.fromEntries(
    [...statuses].map((status) => [
      status,
      {
        description: PHRASES[status] ?? 'Answer.',
        content: {
          ...(bodies[status] === undefined
            ? {}
            : { 'application/json': { schema: bodies[status] } }),
          ...(refusals.has(status) ? PROBLEM : {}),
        },
      },
    ]),
  );
}
