// An application that subscribes to diagnostics channels and binds a store to one of them.
import { AsyncLocalStorage } from 'node:async_hooks';
import diagnosticsChannel from 'node:diagnostics_channel';
import Fastify from 'fastify';
import pg from 'pg';
import { sendRequest } from '../../support/client.ts';

const seen: string[] = [];
const names = [
  'fastify.initialization',
  ...['start', 'end', 'asyncStart', 'asyncEnd', 'error'].map((event) => `tracing:fastify.request.handler:${event}`),
  'http.server.request.start',
  'http.server.response.finish',
  'http.client.request.start',
  'http.client.response.finish',
  'undici:request:create',
  'undici:request:headers',
  'undici:request:trailers',
];
for (const name of names)
  diagnosticsChannel.subscribe(name, (message) => seen.push(`${name} ${Object.keys(message as object).sort()}`));
const storage = new AsyncLocalStorage<string>();
const { start } = diagnosticsChannel.tracingChannel('fastify.request.handler');
start.bindStore(storage, (message) => (message as unknown as { request: { url: string } }).request.url);
const own = diagnosticsChannel.channel('own');

const pool = new pg.Pool();
const app = Fastify();
app.get('/stored', async () => {
  await pool.query('SELECT 1');
  return { store: storage.getStore(), hasSubscribers: own.hasSubscribers };
});
app.get('/fails', async () => {
  throw new Error('no');
});
app.get('/calls', async () => (await fetch(`${base}/stored`)).json());
app.get('/callback', (_request, reply) => {
  setTimeout(() => reply.send({ store: storage.getStore() }), 5);
});
const base = await app.listen({ port: 0 });
for (const path of ['/stored', '/fails', '/calls', '/callback']) {
  seen.push(path, (await sendRequest(base + path)).body);
  await new Promise((resolve) => setTimeout(resolve, 50)); // both sides have finished
}
console.log(seen.join('\n'));
await pool.end();
await app.close();
