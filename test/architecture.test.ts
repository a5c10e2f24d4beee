import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseSync } from 'oxc-parser';
import { describe, expect, test } from 'vitest';
import { ERROR_CODES } from '../domain/errors.ts';
import { DOORS, HALL, KEYS, MAY_SEE_THE_CLOCK } from './house.ts';

const rooms = Object.keys(DOORS).toSorted((a, b) => b.length - a.length);
const roomOf = (path: string): string =>
  rooms.find((room) => path.startsWith(`${room}/`)) ?? (isHall(path) ? 'hall' : dirname(path));
const isHall = (path: string): boolean => HALL.some((place) => path.startsWith(place));
const under = (places: readonly string[] | undefined, file: string): boolean =>
  places?.some((place) => file.startsWith(place)) ?? false;

type Source = { readonly file: string; readonly text: string };
type Import = { readonly file: string; readonly target: string };

const parse = ({ file, text }: Source) => {
  const { module } = parseSync(file, text);
  const reexports = module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ moduleRequest }) => (moduleRequest ? [moduleRequest.value] : [])),
  );
  const statics = module.staticImports.map(({ moduleRequest }) => moduleRequest.value);
  const dynamics = module.dynamicImports.map(({ moduleRequest: { start, end } }) =>
    text.slice(start, end).replaceAll(/['"`]/g, ''),
  );
  return { file, reexports, targets: [...statics, ...reexports, ...dynamics] };
};

/** Every breach of the house's rules in the given sources, as sentences. */
function breachesIn(sources: readonly Source[]) {
  const parsed = sources.map(parse);
  const imports: Import[] = parsed.flatMap(({ file, targets }) =>
    targets.map((target) => ({ file, target })),
  );
  const inside = imports
    .filter(({ target }) => target.startsWith('.'))
    .map(({ file, target }) => ({ file, to: join(dirname(file), target) }));
  const outside = imports
    .filter(({ target }) => !target.startsWith('.'))
    .map(({ file, target }) => ({ file, pkg: /^(@[^/]+\/)?[^/]+/.exec(target)?.[0] ?? target }));
  return {
    homeless: sources
      .map(({ file }) => file)
      .filter((file) => !isHall(file) && !rooms.includes(roomOf(file))),
    walls: inside
      .map(({ file, to }) => ({ file, from: roomOf(file), to: roomOf(to) }))
      .filter(({ from, to }) => from !== 'hall' && from !== to && !DOORS[from]?.includes(to))
      .map(({ file, to }) => `${file} must not import ${to}/`),
    keys: outside
      .filter(({ file, pkg }) => !under(KEYS[pkg], file))
      .map(({ file, pkg }) => `${file} has no key to ${pkg}`),
    clocks: inside
      .filter(({ file, to }) => to === 'domain/clock.ts' && !under(MAY_SEE_THE_CLOCK, file))
      .map(({ file }) => `${file} should take an EpochMs`),
    barrels: parsed
      .filter(({ reexports }) => reexports.length > 0)
      .map(({ file }) => `${file} is a barrel`),
    used: new Set(outside.map(({ pkg }) => pkg)),
  };
}

const topLevel = [...new Set([...rooms, ...HALL].map((room) => room.split('/')[0]))];
const files = [
  'main.ts',
  ...globSync(`{${topLevel.filter((room) => room !== 'main.ts').join(',')}}/**/*.ts`),
].filter((file) => !/\.(test|bench)\.ts$/.test(file));
const sources = files.map((file) => ({ file, text: readFileSync(file, 'utf8') }));
const house = breachesIn(sources);

describe('the house', () => {
  test('has files to inspect, and every room has some', () => {
    const inhabited = new Set(files.map(roomOf));
    expect(rooms.filter((room) => !inhabited.has(room))).toEqual([]);
  });
  test('has no file outside a room', () => expect(house.homeless).toEqual([]));
  test('has no room that looks through a wall', () => expect(house.walls).toEqual([]));
  test('uses every package only where its key hangs', () => expect(house.keys).toEqual([]));
  test('has no key that opens nothing', () => {
    expect(Object.keys(KEYS).filter((pkg) => !house.used.has(pkg))).toEqual([]);
  });
  test('shows the clock to loops only', () => expect(house.clocks).toEqual([]));
  test('has no file that passes on what another exports', () => expect(house.barrels).toEqual([]));
  test('keeps its files small: half of them have at most 80 lines', () => {
    const lengths = sources.map(({ text }) => text.split('\n').length).toSorted((a, b) => a - b);
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThanOrEqual(80);
  });
  test('lists every refusal in docs/ERRORS.md, and no other', () => {
    const listed = [...readFileSync('docs/ERRORS.md', 'utf8').matchAll(/^\| `([A-Z_]+)`/gm)];
    expect(new Set(listed.map(([, code]) => code))).toEqual(new Set<string>(ERROR_CODES));
  });
});

describe('a planted breach is found', () => {
  test.each([
    ['a sibling import', 'store/x.ts', "import { a } from '../kube/a.ts';", 'walls'],
    ['a type-only one', 'store/x.ts', "import type { A } from '../kube/a.ts';", 'walls'],
    ['a dynamic one', 'store/x.ts', "await import('../kube/a.ts');", 'walls'],
    ['a foreign package', 'store/x.ts', "import f from 'fastify';", 'keys'],
    ['a built-in in the domain', 'domain/x.ts', "import 'node:fs';", 'keys'],
    ['a barrel', 'domain/x.ts', "export { a } from './a.ts';", 'barrels'],
    ['a look at the clock', 'adapter/x.ts', "import { a } from '../domain/clock.ts';", 'clocks'],
    ['a file in no room', 'utils/x.ts', 'export const a = 1;', 'homeless'],
  ] as const)('%s', (_, file, text, rule) => {
    expect(breachesIn([{ file, text }])[rule]).toHaveLength(1);
  });
});
