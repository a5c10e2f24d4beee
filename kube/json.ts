/** A JSON object from outside: nothing in it is believed to have a shape until it was looked at. */
export type Json = Readonly<Record<string, unknown>>;

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What stands at `path`, or `undefined` when any part of the way is missing. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let here = value;
  for (const member of path) {
    if (!isJson(here) || !Object.hasOwn(here, member)) return undefined;
    here = here[member];
  }
  return here;
}

/** A text that says something: the API server leaves empty texts out or not, as it pleases. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

export function numberAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = at(value, ...path);
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
}

/** The list at `path`; an absent one is empty, as Kubernetes leaves out what is empty. */
export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

export const textsAt = (value: unknown, ...path: readonly string[]): readonly string[] =>
  listAt(value, ...path).filter((item) => typeof item === 'string');

/** Labels, annotations: the members of an object that are texts. */
export function textMapAt(
  value: unknown,
  ...path: readonly string[]
): Readonly<Record<string, string>> {
  const found = at(value, ...path);
  if (!isJson(found)) return {};
  return Object.fromEntries(
    Object.entries(found).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}

/** Reads JSON text; `undefined` when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
