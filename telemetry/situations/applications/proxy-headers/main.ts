// Behind a proxy: header values of a client are not trusted.
import Fastify from 'fastify';
import { sendRequest } from '../../support/client.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
for (const trustProxy of [true, false]) {
  const app = Fastify({ trustProxy });
  const path = trustProxy ? '/trusted' : '/direct';
  for (const name of ['https', 'any', 'list', 'none', 'query', 'parents', 'state', 'baggage'])
    app.get(`${path}/${name}`, async (request) => [request.protocol, request.host.replace(/:\d+/, '')]);
  const base = await app.listen({ port: 0 });
  const requests: [string, Record<string, string>][] = [
    ['/https', { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'example.org' }],
    ['/any', { 'x-forwarded-proto': 'secret-text' }],
    ['/list', { 'x-forwarded-proto': 'http, https' }],
    ['/none', {}],
    ['/query?token=secret-token', {}],
    ['/parents', { traceparent: `${traceparent}, ${traceparent}` }],
    ['/state', { traceparent, tracestate: `a=1,${'b=2,'.repeat(40)}c=3` }],
    ['/baggage', { baggage: `${'k=v,'.repeat(2_500)}x` }],
  ];
  for (const [name, headers] of requests) {
    const { status, body } = await sendRequest(base + path + name, { headers });
    console.log(path + name, status, body);
  }
  await app.close();
}
