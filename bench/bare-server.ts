import { createServer } from 'node:https';

/* What `node:https` itself costs: TLS with client certificates and a constant body, in a process of its own. */

export type BareWish = { readonly cert: string; readonly key: string; readonly body: string };

process.once('message', ({ cert, key, body }: BareWish) => {
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
  const server = createServer({ cert, key, requestCert: true, rejectUnauthorized: false });
  server.on('request', (_, response) => response.writeHead(200, headers).end(body));
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    process.send?.(typeof address === 'object' ? address?.port : 0);
  });
});
process.once('disconnect', () => process.exit());
