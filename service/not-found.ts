// An unknown path gets 404. A known one with a method that it does not accept gets 405, and Allow lists the accepted methods.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendError } from './errors.ts';

/** Responds to requests for which there is no route, without reading their bodies. It knows the routes that are added from now on. */
export function handleNotFound(app: FastifyInstance): void {
  const routes: { pattern: URLPattern; method: string | string[] }[] = [];
  app.addHook('onRoute', ({ url, method }) => void routes.push({ pattern: new URLPattern({ pathname: url }), method }));

  function notFoundHandler(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const pathname = request.url.split('?', 1)[0] as string;
    const methods = new Set(routes.flatMap(({ pattern, method }) => (pattern.test({ pathname }) ? method : [])));
    if (methods.size === 0 || methods.has(request.method)) return sendError(reply, 404, 'no such route; /docs lists all');
    reply.header('allow', [...methods].sort().join(', '));
    return sendError(reply, 405, `${request.method} is not allowed here; /docs lists all routes`);
  }

  app.setNotFoundHandler(notFoundHandler);
  app.addHook('onRequest', (request, reply, done) => void (request.is404 ? notFoundHandler(request, reply) : done()));
}
