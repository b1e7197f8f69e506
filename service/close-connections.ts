// Closing must not wait for clients that keep a connection open: Node.js closes those that are idle at that moment,
// but not those that become idle later, and not those (a browser's, say) that have never carried a request.
import type { FastifyInstance } from 'fastify';

/**
 * Lets the requests in work finish when the service closes, and then closes every connection.
 *
 * @param withinMs after this, connections are closed though a request is in work
 */
export function closeConnectionsWhenDone(app: FastifyInstance, withinMs: number): void {
  let inWork = 0;
  app.server.on('request', (_request, response) => {
    inWork += 1;
    response.once('close', () => {
      inWork -= 1;
    });
  });

  app.addHook('preClose', async () => {
    const deadline = Date.now() + withinMs;
    const timer = setInterval(() => {
      if (app.server.listening) return;
      if (inWork === 0 || Date.now() > deadline) app.server.closeAllConnections();
    }, 20);
    app.server.once('close', () => clearInterval(timer));
  });
}
