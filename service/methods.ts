// A known path with a method that it does not accept gets 405, and Allow lists the accepted ones.
import type { FastifyInstance } from 'fastify';

/**
 * Collects the routes that are added from now on.
 *
 * @returns a function that returns the methods of a path such as /numbers/7; empty if no route matches
 */
export function collectMethods(app: FastifyInstance): (path: string) => string[] {
  const routes: { pattern: RegExp; methods: string | string[] }[] = [];
  app.addHook('onRoute', ({ url, method }) => void routes.push({ pattern: patternOf(url), methods: method }));
  return (path) => [...new Set(routes.flatMap(({ pattern, methods }) => (pattern.test(path) ? methods : [])))].sort();
}

/** Of routes such as /numbers/:id and /docs/static/*. */
function patternOf(url: string): RegExp {
  const parts = url.split('/').map((part) => {
    if (part.startsWith(':')) return '[^/]+';
    return part === '*' ? '.*' : part.replace(/[^\w-]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('/')}$`);
}
