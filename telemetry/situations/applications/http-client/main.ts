// Outgoing requests through every kind of import of node:http, through fetch and with a custom agent.

import * as everything from 'node:http';
import http, { Agent, createServer, get, request } from 'node:http';
import { createRequire } from 'node:module';
import { trace } from '@opentelemetry/api';
import Fastify from 'fastify';

const required = createRequire(import.meta.url)('http') as typeof http;
const headers: Record<string, number> = {};
const server = createServer((incoming, response) => {
  headers[incoming.url ?? ''] = incoming.rawHeaders.filter((name) => name.toLowerCase() === 'traceparent').length;
  response.end('hello');
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as { port: number };
const url = (path: string) => `http://127.0.0.1:${port}/${path}?token=secret-token`;

const text = (outgoing: http.ClientRequest) =>
  new Promise<string>((resolve, reject) => {
    outgoing.on('error', (error: NodeJS.ErrnoException) => reject(error));
    outgoing.on('response', async (response) => resolve(Buffer.concat(await response.toArray()).toString()));
    outgoing.end();
  });
const calls: Record<string, () => Promise<string>> = {
  'named-get': () => text(get(url('named-get'))),
  'named-request': () => text(request(url('named-request'), { method: 'POST' })),
  'named-options': () => text(request({ host: '127.0.0.1', port, path: '/named-options' })),
  'default-get': () => text(http.get(url('default-get'))),
  'namespace-get': () => text(everything.get(url('namespace-get'))),
  'required-get': () => text(required.get(url('required-get'))),
  agent: () => text(get(url('agent'), { agent: new Agent({ keepAlive: false }) })),
  fetch: async () => (await fetch(url('fetch'))).text(),
  refused: () => text(get('http://127.0.0.1:1/')).catch((error) => error.code),
};
const app = Fastify();
app.get('/:name', async (incoming) => calls[(incoming.params as { name: string }).name]?.());
for (const name of Object.keys(calls)) console.log(name, (await app.inject(`/${name}`)).body);
console.log('outside of a request', await text(get(url('outside'))));
await trace.getTracer('application').startActiveSpan('job', async (span) => {
  console.log('in a job', await text(get(url('job'))));
  span.end();
});
const isConsistent = [get === http.get, request === http.request, required === http, typeof get, get.length, get.name];
console.log(isConsistent.join(), Object.keys(headers).length);
server.close();
server.closeAllConnections();
await app.close();
