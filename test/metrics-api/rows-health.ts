import { TEXT, textNotFound, unauthorized, type Expected, type Row } from './row.ts';

const OK: Expected = {
  status: 200,
  type: TEXT,
  body: 'ok',
  headers: { 'x-content-type-options': 'nosniff' },
};
const READY = '[+]ping ok\n[+]certificate ok\n[+]front-proxy ok\n[+]shutdown ok\n';
const says = (body: string): Expected => ({ ...OK, body });
export const HEALTH: readonly Row[] = [
  { no: 27, title: 'healthz, by anybody', path: '/healthz', as: 'N', expected: OK },
  { no: 28, title: 'livez, by anybody', path: '/livez', as: 'N', expected: OK },
  { no: 29, title: 'readyz, by anybody', path: '/readyz', as: 'N', expected: OK },
  {
    no: 30,
    title: 'livez, verbose',
    path: '/livez?verbose',
    as: 'N',
    expected: says('[+]ping ok\nlivez check passed\n'),
  },
  {
    no: 31,
    title: 'one check is not for anybody',
    path: '/readyz/ping',
    as: 'N',
    expected: { status: 403 },
  },
  {
    no: 32,
    title: 'one check',
    path: '/readyz/ping',
    as: 'M',
    expected: { status: 200, type: TEXT, body: 'ok' },
  },
  {
    no: 33,
    title: 'readyz without a check',
    path: '/readyz?exclude=ping&verbose',
    as: 'N',
    expected: says(`${READY.replace('ping ok', 'ping excluded: ok')}readyz check passed\n`),
  },
  {
    no: 34,
    title: 'livez without a check that there is not',
    path: '/livez?exclude=x&verbose',
    as: 'N',
    expected: says(
      '[+]ping ok\nwarn: some health checks cannot be excluded: no matches for "x"\nlivez check passed\n',
    ),
  },
  {
    no: 134,
    title: 'readyz, verbose whatever it is',
    path: '/readyz?verbose=false',
    as: 'N',
    expected: says(`${READY}readyz check passed\n`),
  },
  {
    no: 135,
    title: 'a bad token is bad even for health',
    path: '/healthz',
    as: 'N',
    headers: { authorization: 'Bearer bad' },
    expected: unauthorized,
  },
  { title: 'health by HEAD', path: '/readyz', as: 'N', method: 'HEAD', expected: { status: 200 } },
  { title: 'health by POST', path: '/readyz', as: 'N', method: 'POST', expected: OK },
  { title: 'a check there is not', path: '/readyz/nope', as: 'M', expected: textNotFound },
];
