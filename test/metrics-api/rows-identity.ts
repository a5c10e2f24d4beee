import { CART, mayNot, unauthorized, VALUE, type Expected, type Row, type Who } from './row.ts';

const boss = { 'x-remote-user': 'boss', 'x-remote-group': 'system:masters' };
const asked = (
  no: number,
  title: string,
  as: Who,
  expected: Expected,
  headers: Row['headers'] = {},
): Row => ({ no, title, path: CART, as, headers, expected });

/** Who is believed (metrics-api.md 4.2). */
export const IDENTITY: readonly Row[] = [
  asked(100, 'X-Remote-User without a certificate', 'N', mayNot('system:anonymous'), boss),
  asked(
    101,
    'X-Remote-User beside a client’s certificate',
    'client with the name of the front proxy',
    mayNot('front-proxy-client'),
    boss,
  ),
  asked(102, 'a front proxy of another name', 'front proxy with another name', unauthorized, boss),
  asked(103, 'a front proxy that has expired', 'front proxy, expired', unauthorized, boss),
  asked(104, 'a token', 'N', VALUE, { authorization: 'Bearer valid' }),
  asked(105, 'a token that is none', 'N', unauthorized, { authorization: 'Bearer bad' }),
  asked(106, 'a token beside forged headers', 'N', VALUE, {
    'x-remote-user': 'nobody',
    authorization: 'Bearer valid',
  }),
  asked(107, 'a token that cannot be reviewed', 'N', unauthorized, {
    authorization: 'Bearer down',
  }),
  asked(108, 'somebody without the right', 'U', mayNot('u')),
  asked(109, 'a group with a comma is one group', 'front proxy alone', mayNot('v'), {
    'x-remote-user': 'v',
    'x-remote-group': 'x, system:masters',
  }),
  asked(
    136,
    'a front proxy with a server’s certificate',
    'front proxy, of a server',
    unauthorized,
    boss,
  ),
  asked(137, 'a front proxy by an intermediate', 'front proxy by an intermediate', VALUE, {
    'x-remote-user': 'everything',
  }),
  asked(
    138,
    'a front proxy by an intermediate that is not sent',
    'front proxy by an intermediate that is not sent',
    unauthorized,
    boss,
  ),
  asked(139, 'a front proxy that names nobody', 'front proxy alone', unauthorized),
  asked(140, 'Basic credentials', 'N', mayNot('system:anonymous'), { authorization: 'Basic dTpw' }),
  asked(141, 'the first of two users', 'front proxy alone', VALUE, {
    'x-remote-user': ['everything', 'nobody'],
  }),
  asked(142, 'a certificate beside a bad token', 'client with all rights', VALUE, {
    authorization: 'Bearer bad',
  }),
];
