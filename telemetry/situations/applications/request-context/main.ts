// @fastify/request-context, in plugins, hooks and handlers, with and without a body.
import requestContext, { requestContext as current } from '@fastify/request-context';
import Fastify from 'fastify';
import { sendRequest } from '../../support/client.ts';
import { mark } from '../../support/mark.ts';

const app = Fastify();
const seen: string[] = [];
const see = (place: string) => {
  seen.push(`${place}: ${current.get('path' as never)}`);
  mark(place);
};
await app.register(requestContext, { hook: 'onRequest', defaultStoreValues: (request) => ({ path: request.url }) as never });
for (const hook of ['onRequest', 'preParsing', 'preValidation', 'preHandler', 'onSend', 'onResponse'] as const)
  app.addHook(hook as 'onRequest', async () => see(hook));
app.all('/:name', async (request) => {
  see('handler');
  request.requestContext.set('path' as never, 'set in the handler' as never);
  await new Promise((resolve) => setTimeout(resolve, 5));
  see('after a timer');
  return current.get('path' as never);
});
const base = await app.listen({ port: 0 });
const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":1}' };
const bodies = await Promise.all([sendRequest(`${base}/one`), sendRequest(`${base}/two`, { ...json, bodyAfterMs: 30 })]);
const injected = await app.inject('/three');
await app.close();
console.log(bodies.map(({ body }) => body).join(), injected.body);
console.log(seen.sort().join('\n'));
