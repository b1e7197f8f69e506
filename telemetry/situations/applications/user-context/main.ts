// An AsyncLocalStorage of the application, and values a hook adds to the OpenTelemetry context.
import { AsyncLocalStorage, AsyncResource, executionAsyncId } from 'node:async_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { context, propagation } from '@opentelemetry/api';
import Fastify from 'fastify';
import pg from 'pg';
import { sendRequest } from '../../support/client.ts';
import { mark } from '../../support/mark.ts';

const storage = new AsyncLocalStorage<{ user: string }>();
const entered = new AsyncLocalStorage<number>();
const outer = new AsyncLocalStorage<string>();
const pool = new pg.Pool({ max: 1 });
const seen: string[] = [];
const see = (place: string) => {
  seen.push(`${place}: ${storage.getStore()?.user}, ${entered.getStore()}, ${outer.getStore()}`);
  mark(place, { tenant: propagation.getActiveBaggage()?.getEntry('tenant')?.value ?? 'none' });
};

const app = Fastify();
app.addHook('onRequest', (request, _reply, done) => {
  storage.run({ user: String(request.headers['x-user']) }, done);
});
app.addHook('onRequest', (request, _reply, done) => {
  entered.enterWith(Number(request.headers['x-user']));
  const baggage = propagation.createBaggage({ tenant: { value: String(request.headers['x-user']) } });
  context.with(propagation.setBaggage(context.active(), baggage), done);
});
app.addHook('preParsing', async () => see('preParsing'));
app.addHook('preValidation', (_request, _reply, done) => {
  see('preValidation');
  done();
});
app.addHook('preHandler', async () => see('preHandler'));
app.addHook('onSend', async () => see('onSend'));
app.addHook('onResponse', async () => see('onResponse'));
app.addContentTypeParser('text/x', { parseAs: 'buffer' }, (_request, body, done) => {
  see('parser');
  done(null, body);
});
app.addContentTypeParser('text/y', async (_request: unknown, payload: AsyncIterable<Buffer>) => {
  let length = 0;
  for await (const chunk of payload) {
    see('chunk');
    length += chunk.length;
  }
  return length;
});
app.all('/', async (request, reply) => {
  see('handler');
  request.raw.once('close', () => see('request close'));
  reply.raw.once('finish', () => see('response finish'));
  reply.raw.once('close', () => see('response close'));
  setImmediate(() => see('immediate'));
  await pause(5);
  see('after a timer');
  await pool.query('SELECT 1');
  see('after a query');
  await new Promise<void>((resolve) =>
    pool.query('SELECT 2', () => {
      see('in the callback of a query');
      resolve();
    }),
  );
  await new Promise<void>((resolve) =>
    pool.connect((_error, client, release) => {
      see('in the callback of connect');
      client?.query('SELECT 3', () => {
        see('in the callback of a query of a client');
        release();
        resolve();
      });
    }),
  );
  return 'ok';
});
app.get('/resource', async () => {
  const resource = new AsyncResource('own');
  const stores: unknown[] = [];
  await storage.run({ user: 'inside' }, async () => {
    resource.runInAsyncScope(() => stores.push(storage.getStore()?.user, resource.asyncId() === executionAsyncId()));
    stores.push(
      AsyncResource.bind(() => storage.getStore()?.user)(),
      AsyncLocalStorage.snapshot()(() => storage.getStore()?.user),
    );
  });
  return stores;
});

const base = await outer.run('outer', () => app.listen({ port: 0 }));
const settled = () => pause(30);
const bodies: [string | undefined, number | undefined][] = [
  [undefined, undefined],
  ['text/x', 30],
  ['text/y', 30],
  ['application/json', 30],
];
let user = 0;
for (const [type, bodyAfterMs] of bodies) {
  user += 1;
  const question = type ? { method: 'POST', body: '"abc"', ...(bodyAfterMs ? { bodyAfterMs } : {}) } : {};
  const answer = await sendRequest(`${base}/`, {
    ...question,
    headers: { 'x-user': String(user), ...(type ? { 'content-type': type } : {}) },
  });
  await settled();
  seen.push(`${type} ${answer.status} ${answer.body}`);
}
seen.push(await outer.run('injecting', async () => (await app.inject({ url: '/', headers: { 'x-user': '9' } })).body));
await settled();
seen.push((await app.inject({ url: '/resource', headers: { 'x-user': '10' } })).body);
await pool.end();
await app.close();
console.log(seen.join('\n'));
