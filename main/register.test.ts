import { expect, test } from 'vitest';
import { parsePlace } from './register.ts';

test.each([
  ['192.0.2.7:7443', { host: '192.0.2.7', kind: 'IPv4', port: 7443 }],
  ['[2001:db8::7]:7443', { host: '2001:db8::7', kind: 'IPv6', port: 7443 }],
  ['adapter.example.org:443', { host: 'adapter.example.org', kind: 'name', port: 443 }],
])('%s is a place', (written, place) => {
  expect(parsePlace(written)).toEqual(place);
});

test.each(['adapter', 'adapter:', ':7443', '2001:db8::7:7443', 'a:0', 'a:70000', 'a b:1'])(
  '%j is none',
  (written) => {
    expect(() => parsePlace(written)).toThrow('is not HOST:PORT');
  },
);
