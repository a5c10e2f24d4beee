/** The encodings of an object that we have. */
export type Media = 'json' | 'yaml' | 'protobuf';

/** What an Accept header lets us answer. */
export type Acceptance = {
  /** How an object is to be encoded; `undefined` when it wants nothing that we have. */
  readonly media: Media | undefined;
  /** The same, where there is no protobuf. */
  readonly text: 'json' | 'yaml' | undefined;
  /** A plain JSON body will do. */
  readonly json: boolean;
  /** Indented JSON is asked for. */
  readonly pretty: boolean;
  /** The document of aggregated discovery that is asked for. */
  readonly discovery: 'v2' | 'v2beta1' | undefined;
};

type Clause = {
  readonly type: string;
  readonly quality: number;
  readonly parameters: ReadonlyMap<string, string>;
};

const OFFERED: Readonly<Record<Media, string>> = {
  json: 'application/json',
  yaml: 'application/yaml',
  protobuf: 'application/vnd.kubernetes.protobuf',
};
/** Each of these asks for something else than the object itself (a table, a watch). */
const TRANSFORMING = ['as', 'g', 'v', 'sv', 'stream'];
/** Strangers may send a megabyte of them: what comes after these is not read. */
const MOST_CLAUSES = 100;
const MOST_PARAMETERS = 20;
const ANYTHING = ['*/*', 'application/*'];

/**
 * Reads an Accept header; none, and an empty one, accept everything. Clauses count in their order and by
 * `q`; of what a clause leaves open, JSON is first.
 *
 * A clause of aggregated discovery wins wherever it stands, and v2 over v2beta1, whatever their `q`: so
 * kube-apiserver does it. Unknown parameters, such as `profile`, change nothing.
 * @see kubernetes/apiserver:pkg/endpoints/handlers/negotiation/negotiate.go
 */
export function parseAccept(header: string): Acceptance {
  if (header.trim() === '') return EVERYTHING;
  const clauses = ranked(header.split(',', MOST_CLAUSES).map(clauseOf));
  const plain = clauses.filter(isPlain);
  const versions = clauses.filter(isDiscovery).map(({ parameters }) => parameters.get('v'));
  const media = firstOf(plain, ['json', 'yaml', 'protobuf'] as const);
  return {
    media: media?.[0],
    text: firstOf(plain, ['json', 'yaml'] as const)?.[0],
    json: firstOf(plain, ['json'] as const) !== undefined,
    pretty: media?.[1].parameters.get('pretty') === '1',
    discovery: (['v2', 'v2beta1'] as const).find((version) => versions.includes(version)),
  };
}

const EVERYTHING: Acceptance = {
  media: 'json',
  text: 'json',
  json: true,
  pretty: false,
  discovery: undefined,
};

function clauseOf(text: string): Clause {
  const [range = '', ...rest] = text.split(';', MOST_PARAMETERS).map((part) => part.trim());
  const parameters = new Map(
    rest.map((part): [string, string] => {
      const end = part.indexOf('=');
      const name = end === -1 ? part : part.slice(0, end);
      return [name.trim().toLowerCase(), end === -1 ? '' : part.slice(end + 1).trim()];
    }),
  );
  const type = range.toLowerCase();
  return { type: type === '*' ? '*/*' : type, quality: qualityOf(parameters.get('q')), parameters };
}

function qualityOf(text: string | undefined): number {
  if (text === undefined) return 1;
  const quality = Number(text);
  return text === '' || Number.isNaN(quality) ? 0 : quality;
}

/** As Go does it: by `q`, but what is named goes before what is left open, whatever its `q`. */
function ranked(clauses: readonly Clause[]): Clause[] {
  const found: Clause[] = [];
  for (const clause of clauses) {
    let at = found.length;
    while (at > 0 && goesBefore(clause, found[at - 1])) at -= 1;
    found.splice(at, 0, clause);
  }
  return found;
}

function goesBefore(one: Clause, other: Clause | undefined): boolean {
  if (other === undefined) return false;
  if (one.quality > other.quality) return true;
  if (!one.type.startsWith('*') && other.type.startsWith('*')) return true;
  return !one.type.endsWith('/*') && other.type.endsWith('/*');
}

/** The first clause that one of these encodings meets, and which. */
function firstOf<M extends Media>(
  clauses: readonly Clause[],
  offered: readonly M[],
): readonly [M, Clause] | undefined {
  for (const clause of clauses) {
    const { type } = clause;
    const met = offered.find((media) => ANYTHING.includes(type) || OFFERED[media] === type);
    if (met !== undefined) return [met, clause];
  }
  return undefined;
}

const isPlain = ({ quality, parameters }: Clause): boolean =>
  quality !== 0 && !TRANSFORMING.some((name) => (parameters.get(name) ?? '') !== '');

const isDiscovery = ({ type, parameters }: Clause): boolean =>
  type === 'application/json' &&
  parameters.get('g') === 'apidiscovery.k8s.io' &&
  parameters.get('as') === 'APIGroupDiscoveryList';
