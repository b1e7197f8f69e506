import { setTimeout as pause } from 'node:timers/promises';
import Fastify from 'fastify';
import { sendRequest } from '../../support/client.ts';
import { mark } from '../../support/mark.ts';

const app = Fastify();
app.get('/plain', (_request, reply) => {
  reply.hijack();
  reply.raw.writeHead(202, { 'x-own': '1' }).end('hijacked');
});
app.get('/events', async (_request, reply) => {
  reply.hijack();
  reply.raw.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const n of [1, 2, 3]) {
    reply.raw.write(`data: ${n}\n\n`);
    await pause(20);
    mark(`event ${n}`);
  }
  reply.raw.end();
});
app.post('/echo', (request, reply) => {
  reply.hijack();
  request.raw.pipe(reply.raw);
});
app.addContentTypeParser('*', (_request, _payload, done) => done(null));
app.get('/fails', (_request, reply) => {
  reply.hijack();
  reply.raw.writeHead(503).end();
});

const base = await app.listen({ port: 0 });
for (const path of ['/plain', '/events', '/fails']) {
  const { status, body } = await sendRequest(base + path);
  console.log(path, status, body);
}
const { status, body } = await sendRequest(`${base}/echo`, {
  method: 'POST',
  headers: { 'content-type': 'text/x' },
  body: 'abc',
  bodyAfterMs: 30,
});
console.log('/echo', status, body);
await app.close();
