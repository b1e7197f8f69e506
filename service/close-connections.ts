// Closing must not wait for clients with open connections. Node.js closes those that are idle at that moment,
// but not those that become idle later, and not those that have never carried a request (browsers open such).
import type { FastifyInstance } from 'fastify';

/** After this time, connections are closed even with a request in flight. */
const withinMs = 6_000;

/** When the service closes, lets the requests in flight finish, then closes every connection. */
export function closeConnectionsWhenDone(app: FastifyInstance): void {
  let inFlight = 0;
  app.server.on('request', (_request, response) => {
    inFlight += 1;
    response.once('close', () => {
      inFlight -= 1;
    });
  });

  app.addHook('preClose', async () => {
    const deadline = Date.now() + withinMs;
    const timer = setInterval(() => {
      if (app.server.listening) return;
      if (inFlight === 0 || Date.now() > deadline) app.server.closeAllConnections();
    }, 20);
    app.server.once('close', () => clearInterval(timer));
  });
}
