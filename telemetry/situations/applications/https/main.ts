// A TLS server, and outgoing requests through every kind of import of node:https.

import * as everything from 'node:https';
import https, { Agent, get, request } from 'node:https';
import { createRequire } from 'node:module';
import Fastify from 'fastify';
import { generate } from 'selfsigned';

const required = createRequire(import.meta.url)('https') as typeof https;
const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }]);
const server = Fastify({ https: { key, cert } });
server.get('/:name', async (incoming) => ({
  protocol: incoming.protocol,
  traceparents: incoming.raw.rawHeaders.filter((name) => name.toLowerCase() === 'traceparent').length === 1,
}));
const base = await server.listen({ port: 0 });
const options = { ca: cert, servername: 'localhost', rejectUnauthorized: false };

const text = (outgoing: ReturnType<typeof get>) =>
  new Promise<string>((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.on('response', async (response) => resolve(Buffer.concat(await response.toArray()).toString()));
    outgoing.end();
  });
const calls: Record<string, () => Promise<string>> = {
  'named-get': () => text(get(`${base}/named-get`, options)),
  'named-request': () => text(request(`${base}/named-request`, { ...options, method: 'GET' })),
  'default-get': () => text(https.get(`${base}/default-get`, options)),
  'namespace-get': () => text(everything.get(`${base}/namespace-get`, options)),
  'required-get': () => text(required.get(`${base}/required-get`, options)),
  agent: () => text(get(`${base}/agent`, { agent: new Agent({ ...options, keepAlive: false }) })),
  fetch: async () => (await fetch(`${base}/fetch`)).text(),
  refused: () => text(get('https://127.0.0.1:1/')).catch((error) => error.code),
  untrusted: () => text(get(`${base}/untrusted`, { rejectUnauthorized: true })).catch((error) => error.code),
};
const app = Fastify();
app.get('/:name', async (incoming) => calls[(incoming.params as { name: string }).name]?.());
const isTraced = process.execArgv.includes('--import'); // without it there is nothing to send
for (const name of Object.keys(calls)) {
  const { body } = await app.inject(`/${name}`);
  console.log(name, isTraced ? body : body.replace('false', 'true'));
}
console.log([get === https.get, request === https.request, required === https, get.length, get.name].join());
await app.close();
await server.close();
