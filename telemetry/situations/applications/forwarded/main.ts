// Proxies that forward the headers of a request, including traceparent.
import httpProxyPlugin from '@fastify/http-proxy';
import replyFrom from '@fastify/reply-from';
import Fastify from 'fastify';
import httpProxy from 'http-proxy';
import { sendRequest } from '../../support/client.ts';

const upstream = Fastify();
upstream.all('/*', async (request) => {
  const of = (name: string) =>
    request.raw.rawHeaders.filter((_, at, all) => at % 2 === 0 && all[at]?.toLowerCase() === name).length;
  const value = request.headers.traceparent as string | undefined;
  return {
    traceparents: of('traceparent'),
    isOne: /^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/.test(value ?? ''),
    state: request.headers.tracestate,
  };
});
const target = await upstream.listen({ port: 0 });

const proxy = Fastify();
await proxy.register(replyFrom, { base: target });
await proxy.register(httpProxyPlugin, { upstream: target, prefix: '/plugin' });
const own = httpProxy.createProxyServer({ target });
proxy.get('/reply-from', (_request, reply) => reply.from('/reply-from'));
proxy.get('/http-proxy', (request, reply) => {
  reply.hijack();
  own.web(request.raw, reply.raw);
});
proxy.get('/fetch', async (request) => {
  const { host, connection, ...headers } = request.headers as Record<string, string>;
  return (await fetch(`${target}/fetch`, { headers })).json();
});
proxy.get('/fetch-headers', async (request) => {
  const headers = new Headers({
    traceparent: request.headers.traceparent as string,
    tracestate: request.headers.tracestate as string,
  });
  return (await fetch(new Request(`${target}/fetch-headers`, { headers }))).json();
});
const base = await proxy.listen({ port: 0 });
const headers = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'vendor=value' };
for (const path of ['/reply-from', '/http-proxy', '/fetch', '/fetch-headers', '/plugin/x']) {
  const { status, body } = await sendRequest(base + path, { headers });
  console.log(path, status, body);
}
await proxy.close();
await upstream.close();
