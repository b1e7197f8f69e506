// Alternatives to listen(): a server created by the application, and app.routing() for a server with other handlers.
import { createServer } from 'node:http';
import Fastify from 'fastify';
import { sendRequest } from '../../support/client.ts';
import { mark } from '../../support/mark.ts';

const own = Fastify({
  serverFactory: (handler) =>
    createServer((request, response) => {
      response.setHeader('x-own', '1');
      handler(request, response);
    }),
});
own.get('/own', async () => {
  mark('own');
  return 'own';
});
const base = await own.listen({ port: 0 });
const answer = await sendRequest(`${base}/own`);
console.log(answer.body, answer.headers['x-own']);
await own.close();

const routed = Fastify({ rewriteUrl: (request) => (request.url ?? '').replace('/old', '/new') });
routed.get('/new/:id', async (request) => {
  mark('new');
  return request.originalUrl;
});
await routed.ready();
const server = createServer((request, response) =>
  request.url === '/outside' ? response.end('outside') : routed.routing(request, response),
);
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
for (const path of ['/old/1', '/outside']) console.log((await sendRequest(url + path)).body);
server.close();
await routed.close();
