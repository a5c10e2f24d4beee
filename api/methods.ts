import type { FastifyInstance } from 'fastify';
import { HttpRefusal } from './problem.ts';

/**
 * 404 for a path that nobody serves, 405 with `Allow` for a method that a known path has not. Done before
 * the body is read, and for every method there is, `TRACE` and `QUERY` too: the not-found handler comes later.
 */
export function refuseUnknown(app: FastifyInstance): void {
  const routes = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>();
  app.addHook('onRoute', ({ url, method }) => {
    const route = routes.get(url) ?? { pattern: patternOf(url), methods: new Set<string>() };
    for (const one of [method].flat()) route.methods.add(one);
    routes.set(url, route);
  });
  app.addHook('onRequest', async (request) => {
    if (!request.is404) return;
    const path = request.url.split('?', 1)[0] ?? '';
    const known = [...routes.values()].filter(({ pattern }) => pattern.test(path));
    if (known.length === 0) throw new HttpRefusal(404, `there is nothing at ${path}`);
    const allow = [...new Set(known.flatMap(({ methods }) => [...methods]))].toSorted().join(', ');
    throw new HttpRefusal(405, `${request.method} is not served at ${path}; allowed: ${allow}`, {
      allow,
    });
  });
}

const patternOf = (url: string): RegExp =>
  new RegExp(`^${url.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+')}$`);
