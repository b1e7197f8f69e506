// The service that the suite of W3C Trace Context tests: it sends the requests that it is asked to send.
// https://github.com/w3c/trace-context/tree/main/test#implement-test-service
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import fastify from 'fastify';

interface Call {
  url: string;
  arguments: Call[];
}

const json = { 'content-type': 'application/json' };
const clients: Record<string, (url: string, body: string) => Promise<unknown>> = {
  fetch: async (url, body) => (await fetch(url, { method: 'POST', headers: json, body })).text(),
  http: async (url, body) => {
    const [response] = (await once(request(url, { method: 'POST', headers: json }).end(body), 'response')) as [IncomingMessage];
    return response.toArray();
  },
};

const { PORT = '5000', CLIENT = 'fetch' } = process.env;
const send = clients[CLIENT] as (url: string, body: string) => Promise<unknown>;
const app = fastify();
app.post<{ Body: Call[] }>('/test', async ({ body }) => {
  for (const call of body) await send(call.url, JSON.stringify(call.arguments));
  return '';
});
await app.listen({ host: '127.0.0.1', port: Number(PORT) });
