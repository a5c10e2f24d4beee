import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { openRig } from '../test/api-rig.ts';

/** Sends bytes as they are and returns all that comes back until the server hangs up. */
const exchange = async (origin: string, bytes: string): Promise<string> => {
  const { port, hostname } = new URL(origin);
  const socket = connect(Number(port), hostname);
  socket.write(bytes);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer;
};

test.each([
  ['no HTTP', 'hello\r\n\r\n', 400],
  [
    'headers above 16 KiB',
    `GET /version HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`,
    431,
  ],
])('%s is answered with a problem on the socket', async (_, bytes, status) => {
  await using rig = await openRig();
  const origin = await rig.app.listen({ port: 0, host: '127.0.0.1' });
  const [head = '', body = ''] = (await exchange(origin, bytes)).split('\r\n\r\n');
  expect(head).toContain(`HTTP/1.1 ${status} `);
  expect(head).toContain('content-type: application/problem+json');
  expect(JSON.parse(body)).toMatchObject({ type: 'about:blank', status });
});

test('a body that is announced too large is refused before it is sent', async () => {
  await using rig = await openRig();
  const origin = await rig.app.listen({ port: 0, host: '127.0.0.1' });
  const { host } = new URL(origin);
  const answer = await exchange(
    origin,
    `POST /v1/components HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n` +
      'content-length: 300000\r\nconnection: close\r\n\r\n',
  );
  expect(answer).toContain('HTTP/1.1 413 ');
});

test('the fixed texts are the same bytes over a socket', async () => {
  await using rig = await openRig();
  const origin = await rig.app.listen({ port: 0, host: '127.0.0.1' });
  const answer = await fetch(`${origin}/v1/train-values`, {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: '{"Future_data":"1","History_data":"7"}',
  });
  const bytes = new Uint8Array(await answer.arrayBuffer());
  expect(bytes).toEqual(new TextEncoder().encode('"Train values changed"'));
});

test('a body in pieces without a content type is refused like any other', async () => {
  await using rig = await openRig();
  const origin = await rig.app.listen({ port: 0, host: '127.0.0.1' });
  const answer = await fetch(`${origin}/v1/components`, {
    method: 'POST',
    body: new Blob(['{"components":[]}']).stream(),
    duplex: 'half',
  });
  expect([answer.status, await answer.text()]).toEqual([415, '"Content-Type not supported!"']);
});
