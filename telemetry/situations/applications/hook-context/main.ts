// Baggage added by each kind of hook, and stores entered by hooks for the rest of the request.
import { AsyncLocalStorage } from 'node:async_hooks';
import { context, propagation } from '@opentelemetry/api';
import Fastify from 'fastify';
import { sendRequest } from '../../support/client.ts';
import { mark } from '../../support/mark.ts';

const adding = ['onRequest', 'preParsing', 'preValidation', 'preHandler'] as const;
const entered = Object.fromEntries(
  ['callback', 'async', 'async after a wait'].map((kind) => [kind, new AsyncLocalStorage<string>()]),
);
const seen: string[] = [];
const see = (place: string) => {
  seen.push(`${place}: ${Object.entries(entered).map(([kind, storage]) => `${kind} ${storage.getStore()}`)}`);
  const baggage = propagation.getActiveBaggage()?.getAllEntries() ?? [];
  mark(place, { baggage: baggage.map(([key]) => key).join() });
};
const app = Fastify();
for (const hook of adding)
  app.addHook(hook as 'onRequest', (...args: unknown[]) => {
    const done = args.at(-1) as () => void;
    const baggage = propagation.getActiveBaggage() ?? propagation.createBaggage();
    context.with(propagation.setBaggage(context.active(), baggage.setEntry(hook, { value: '1' })), done);
  });
app.addHook('onRequest', (request, _reply, done) => {
  entered.callback?.enterWith(request.url);
  done();
});
app.addHook('onRequest', async (request) => entered.async?.enterWith(request.url));
app.addHook('onRequest', async (request) => {
  await new Promise((resolve) => setTimeout(resolve, 5));
  entered['async after a wait']?.enterWith(request.url);
});
app.addHook('preHandler', async () => see('preHandler'));
app.addHook('onSend', async () => see('onSend'));
app.addHook('onResponse', async () => see('onResponse'));
app.all('/:name', async () => {
  see('handler');
  await new Promise((resolve) => setTimeout(resolve, 5));
  see('after a timer');
  return 'ok';
});
const base = await app.listen({ port: 0 });
const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":1}', bodyAfterMs: 30 };
for (const answer of [await sendRequest(`${base}/one`), await sendRequest(`${base}/two`, json)])
  console.log(answer.status, answer.body);
console.log((await app.inject('/three')).body);
await app.close();
console.log(seen.join('\n'));
