/** What an Accept header lets us answer. */
export type Acceptance = {
  /** A plain JSON body will do. */
  readonly json: boolean;
  /** The document of aggregated discovery that is asked for. */
  readonly discovery: 'v2' | 'v2beta1' | undefined;
};

type Clause = { readonly type: string; readonly parameters: ReadonlyMap<string, string> };

const JSON_TYPES = ['application/json', 'application/*', '*/*'];
/** Each of these asks for something else than the object itself (a table, a watch). */
const TRANSFORMING = ['as', 'g', 'v', 'sv', 'stream'];

/**
 * Reads an Accept header; none, and an empty one, accept everything.
 *
 * A clause of aggregated discovery wins wherever it stands, and v2 over v2beta1, whatever their `q`: so
 * kube-apiserver does it. Unknown parameters, such as `profile`, change nothing.
 */
export function parseAccept(header: string): Acceptance {
  if (header.trim() === '') return { json: true, discovery: undefined };
  const clauses = header.split(',').map(clauseOf);
  const versions = clauses.filter(isDiscovery).map(({ parameters }) => parameters.get('v'));
  return {
    json: clauses.some(isPlainJson),
    discovery: (['v2', 'v2beta1'] as const).find((version) => versions.includes(version)),
  };
}

function clauseOf(text: string): Clause {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim());
  const parameters = rest.map((part): [string, string] => {
    const [name = '', ...value] = part.split('=');
    return [name.trim().toLowerCase(), value.join('=').trim()];
  });
  return { type: type.toLowerCase(), parameters: new Map(parameters) };
}

const isPlainJson = ({ type, parameters }: Clause): boolean =>
  JSON_TYPES.includes(type) &&
  !TRANSFORMING.some((name) => (parameters.get(name) ?? '') !== '') &&
  Number(parameters.get('q') ?? '1') !== 0;

const isDiscovery = ({ type, parameters }: Clause): boolean =>
  type === 'application/json' &&
  parameters.get('g') === 'apidiscovery.k8s.io' &&
  parameters.get('as') === 'APIGroupDiscoveryList';
