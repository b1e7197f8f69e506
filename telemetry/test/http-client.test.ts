// Outgoing HTTP: one span per request, one set of trace headers, and no effect on the application.
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import * as namespace from 'node:http';
import http, { ClientRequest, createServer, get, type IncomingMessage, type RequestOptions, request } from 'node:http';
import https from 'node:https';
import { createRequire } from 'node:module';
import type { AddressInfo, Socket } from 'node:net';
import httpProxy from '@fastify/http-proxy';
import replyFrom from '@fastify/reply-from';
import { type Context, context, propagation, SpanKind, trace } from '@opentelemetry/api';
import { CompositePropagator, suppressTracing, W3CBaggagePropagator } from '@opentelemetry/core';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { AlwaysOnSampler, type Sampler } from '@opentelemetry/sdk-trace';
import fastify, { type FastifyInstance } from 'fastify';
import nodeHttpProxy from 'http-proxy';
import { generate } from 'selfsigned';
import * as undici from 'undici';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { HttpClientInstrumentation } from '../src/http-client.ts';
import { TraceContextPropagator } from '../src/propagator.ts';
import { correctAttributes, removeForwardedHeaders } from '../src/undici.ts';
import { startInMemory } from './support/in-memory.ts';

let sampled: Record<string, unknown>[] = [];
const sampler: Sampler = {
  shouldSample: (_parent, _traceId, _name, _kind, attributes) => {
    sampled.push({ ...attributes });
    return new AlwaysOnSampler().shouldSample();
  },
  toString: () => 'recording',
};
const propagator = new CompositePropagator({ propagators: [new TraceContextPropagator(), new W3CBaggagePropagator()] });
const memory = startInMemory({ sampler, propagator });
const http1 = new HttpClientInstrumentation();
const undiciInstrumentation = new UndiciInstrumentation({
  startSpanHook: correctAttributes,
  requestHook: removeForwardedHeaders,
});

/** The last request the server received. */
let received: { rawHeaders: string[]; headers: IncomingMessage['headers'] };
const require = createRequire(import.meta.url);

const server = createServer({ requireHostHeader: false }, (incoming, response) => {
  received = { rawHeaders: incoming.rawHeaders, headers: incoming.headers };
  const [, status = '200', kind] = (incoming.url ?? '').split('/');
  if (kind === 'reset') return void incoming.socket.destroy();
  if (kind === 'silent') return undefined;
  response.writeHead(Number(status) || 200, { 'content-length': 4 });
  if (kind === 'cut') return void response.write('da', () => setImmediate(() => incoming.socket.destroy()));
  incoming.resume().on('end', () => response.end('data'));
});
server.on('upgrade', (_incoming, socket: Socket) => {
  socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
});
server.on('checkContinue', (incoming, response) => {
  response.writeContinue();
  server.emit('request', incoming, response);
});
let port: number;
let url: string;
let secureServer: https.Server;

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  port = (server.address() as AddressInfo).port;
  url = `http://127.0.0.1:${port}`;
  const { private: key, cert } = await generate();
  secureServer = https.createServer({ key, cert }, (_request, response) => response.end('data'));
  await once(secureServer.listen(0, '127.0.0.1'), 'listening');
});
beforeEach(() => {
  http1.enable();
  memory.clear();
  sampled = [];
});
afterEach(() => http1.disable());
afterAll(() => {
  server.closeAllConnections();
  server.close();
  secureServer.closeAllConnections();
  secureServer.close();
  undiciInstrumentation.disable();
});

const spans = () => memory.spans();
const clientSpans = () => spans().filter(({ kind }) => kind === SpanKind.CLIENT);

async function body(sent: ClientRequest): Promise<string> {
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return Buffer.concat(await response.toArray()).toString();
}

/** Waits for the close event, even after an error. */
function closed(sent: ClientRequest): Promise<void> {
  return new Promise((resolve) => sent.once('close', () => setImmediate(resolve)));
}

/** Waits for the response and the end of the span. */
async function finished(sent: ClientRequest): Promise<void> {
  const isClosed = closed(sent);
  await body(sent);
  await isClosed;
}

/** Runs with a remote span as the parent. */
function inTrace<Result>(fn: () => Result): Result {
  const remote = propagation.extract(context.active(), {
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    tracestate: 'vendor=1',
    baggage: 'tenant=7',
  });
  return context.with(remote, fn);
}

const forwarded = {
  traceparent: '00-11111111111111111111111111111111-1111111111111111-01',
  tracestate: 'stale=1',
  baggage: 'tenant=6,own=1',
};

function expectOwnHeaders(count = 1): void {
  const [span] = clientSpans();
  expect(clientSpans()).toHaveLength(count);
  const values = (name: string) =>
    received.rawHeaders.filter((_, index) => index % 2 === 1 && received.rawHeaders[index - 1]?.toLowerCase() === name);
  const { traceId, spanId } = span?.spanContext() ?? {};
  expect(traceId).toBe('0af7651916cd43dd8448eb211c80319c');
  expect(values('traceparent')).toEqual([`00-${traceId}-${spanId}-01`]);
  expect(values('tracestate')).toEqual(['vendor=1']);
  expect(values('baggage').join().split(/,\s*/).sort()).toEqual(['own=1', 'tenant=7']);
}

describe('each request has one span', () => {
  const options = (): RequestOptions => ({ host: '127.0.0.1', port, path: '/200' });
  const shapes: [string, () => ClientRequest][] = [
    ['a named import of get', () => get(`${url}/200`)],
    ['a named import of request', () => request(`${url}/200`).end()],
    ['the default import', () => http.get(new URL(`${url}/200`))],
    ['the namespace', () => namespace.get(options())],
    ['require', () => (require('node:http') as typeof http).get(options())],
    ['a URL and options', () => get(url, { path: '/200', agent: false })],
    ['a callback', () => get(options(), () => {})],
    ['the ClientRequest class', () => new ClientRequest(`${url}/200`).end()],
    ['an agent of its own', () => get({ ...options(), agent: new http.Agent({ keepAlive: true, maxSockets: 1 }) })],
    ['no agent', () => get({ ...options(), createConnection: () => require('node:net').connect(port, '127.0.0.1') })],
  ];

  test.each(shapes)('%s', async (_, send) => {
    await finished(send());
    expect(clientSpans()).toHaveLength(1);
    expect(clientSpans()[0]).toMatchObject({
      name: 'GET',
      attributes: { 'url.full': `${url}/200`, 'server.port': port, 'http.response.status_code': 200 },
      status: { code: 0 },
    });
    expect(received.headers.traceparent).toContain(clientSpans()[0]?.spanContext().spanId);
  });

  test('over TLS', async () => {
    const { port: securePort } = secureServer.address() as AddressInfo;
    await finished(https.get(`https://127.0.0.1:${securePort}/`, { rejectUnauthorized: false }));
    expect(clientSpans()[0]?.attributes).toMatchObject({
      'url.full': `https://127.0.0.1:${securePort}/`,
      'server.port': securePort,
    });
  });

  test('with a Host header of another server', async () => {
    await finished(get({ ...options(), headers: { host: 'shop.example:81' } }));
    expect(clientSpans()[0]?.attributes).toMatchObject({ 'server.address': '127.0.0.1', 'server.port': port });
  });
});

test('samplers see the attributes the conventions require, without query and password', async () => {
  await finished(request(`http://user:secret@127.0.0.1:${port}/200?token=secret#x`, { method: 'PURGE' }).end());
  expect(sampled).toEqual([
    {
      'http.request.method': '_OTHER',
      'http.request.method_original': 'PURGE',
      'server.address': '127.0.0.1',
      'server.port': port,
      'url.full': `${url}/200`,
    },
  ]);
  expect(clientSpans()[0]?.name).toBe('HTTP');
});

test('samplers see these attributes for fetch as well', async () => {
  await (await fetch(`${url}/200?token=secret`)).text();
  expect(sampled[0]).toMatchObject({ 'http.request.method': 'GET', 'server.port': port, 'url.full': `${url}/200` });
  expect(JSON.stringify(sampled)).not.toContain('secret');
  expect(clientSpans()[0]?.attributes).not.toHaveProperty(['http.request.method_original']);
});

describe('forwarded trace headers are replaced; other baggage entries are preserved', () => {
  const headerShapes: [string, RequestOptions['headers'] | [string, string][]][] = [
    ['an object', { ...forwarded }],
    [
      'an object with names in other cases',
      { TraceParent: forwarded.traceparent, TRACESTATE: forwarded.tracestate, Baggage: forwarded.baggage },
    ],
    ['an object with lists', { ...forwarded, traceparent: [forwarded.traceparent, forwarded.traceparent] }],
    ['a list', ['Host', 'shop', ...Object.entries(forwarded).flat()]],
    ['a list of name-value pairs', [['Host', 'shop'], ...Object.entries(forwarded)]],
    ['headers that are sent immediately', { ...forwarded, expect: '100-continue' }],
  ];

  test.each(headerShapes)('%s', async (_, headers) => {
    await inTrace(() => finished(get(`${url}/200`, { headers: headers as RequestOptions['headers'] })));
    expectOwnHeaders();
  });

  test('set on the request before it is sent', async () => {
    await inTrace(() => {
      const sent = request(`${url}/200`, { method: 'POST' });
      for (const [name, value] of Object.entries(forwarded)) sent.setHeader(name, value);
      expect(sent.getHeader('traceparent')).toBe(forwarded.traceparent);
      sent.write('x');
      return finished(sent.end());
    });
    expectOwnHeaders();
  });

  test('by http-proxy', async () => {
    const proxy = nodeHttpProxy.createProxyServer({ target: url });
    const front = createServer((incoming, response) => inTrace(() => proxy.web(incoming, response)));
    await once(front.listen(0, '127.0.0.1'), 'listening');
    await suppressed(() =>
      finished(get({ port: (front.address() as AddressInfo).port, host: '127.0.0.1', headers: { ...forwarded } })),
    );
    front.close();
    expectOwnHeaders();
  });

  test.each<[string, () => Promise<{ text(): Promise<string> } | { body: { text(): Promise<string> } }>]>([
    ['fetch with an object', () => fetch(`${url}/200`, { headers: forwarded })],
    ['fetch with a list', () => fetch(`${url}/200`, { headers: Object.entries(forwarded) })],
    ['fetch with Headers', () => fetch(`${url}/200`, { headers: new Headers(forwarded) })],
    ['fetch with a Request', () => fetch(new Request(`${url}/200`, { headers: { ...forwarded, TraceParent: 'x' } }))],
    ['undici.fetch', () => undici.fetch(`${url}/200`, { headers: forwarded })],
    ['undici.request with an object', () => undici.request(`${url}/200`, { headers: forwarded })],
    ['undici.request with a list', () => undici.request(`${url}/200`, { headers: Object.entries(forwarded).flat() })],
    [
      'undici.request with lists of values',
      () => undici.request(`${url}/200`, { headers: { ...forwarded, traceparent: ['a', 'b'] } }),
    ],
    [
      'an undici.Pool',
      () => new undici.Pool(url).request({ path: '/200', method: 'GET', headers: { TRACEPARENT: 'x', ...forwarded } }),
    ],
  ])('%s', async (_, send) => {
    const response = await inTrace(send);
    await ('body' in response && response.body && 'text' in response.body ? response.body.text() : (response as Response).text());
    expectOwnHeaders();
  });

  test.each<[string, (app: FastifyInstance) => Promise<unknown>]>([
    [
      '@fastify/reply-from over undici',
      async (app) => {
        await app.register(replyFrom, { base: url });
        app.get('/*', (_request, reply) => inTrace(() => reply.from('/200')));
      },
    ],
    [
      '@fastify/reply-from over node:http',
      async (app) => {
        await app.register(replyFrom, { base: url, http: {} });
        app.get('/*', (_request, reply) => inTrace(() => reply.from('/200')));
      },
    ],
    [
      '@fastify/http-proxy',
      async (app) => {
        app.addHook('onRequest', (_request, _reply, done) => inTrace(done));
        await app.register(httpProxy, { upstream: url });
      },
    ],
  ])('%s', async (_, register) => {
    const app = fastify();
    await register(app);
    const { statusCode } = await suppressed(() => app.inject({ url: '/200', headers: forwarded }));
    expect(statusCode).toBe(200);
    await app.close();
    expectOwnHeaders();
  });
});

function suppressed<Result>(fn: () => Result): Result {
  return context.with(suppressTracing(context.active()), fn);
}

test('a path that starts with two slashes is not parsed as a host', async () => {
  const base = new URL(url);
  await inTrace(() => fetch(`${base.origin}//200/x?secret`).then((response) => response.text()));
  const span = spans().find(({ name }) => name === 'GET');
  expect(span?.attributes).toMatchObject({ 'url.full': `${base.origin}//200/x`, 'server.address': base.hostname });
});

describe('headers of a request that is not traced are sent unchanged', () => {
  test.each<[string, () => Promise<unknown>]>([
    ['node:http', () => finished(get(`${url}/200`, { headers: forwarded }))],
    ['node:http with a list', () => finished(get(`${url}/200`, { headers: ['Host', 'x', ...Object.entries(forwarded).flat()] }))],
    ['fetch', () => fetch(`${url}/200`, { headers: forwarded }).then((response) => response.text())],
  ])('%s', async (_, send) => {
    await suppressed(send);
    expect(received.headers).toMatchObject(forwarded);
    expect(spans()).toEqual([]);
  });

  test('baggage of the application is sent if the context has none', async () => {
    await finished(get(`${url}/200`, { headers: { baggage: 'own=1' } }));
    expect(received.headers.baggage).toBe('own=1');
  });
});

describe('the application sees the same as without instrumentation', () => {
  /** Runs without and with instrumentation, on separate connections. */
  async function both<Result>(run: (agent: http.Agent) => Promise<Result>): Promise<[Result, Result]> {
    const results: Result[] = [];
    for (const instrumentation of [undefined, http1]) {
      if (instrumentation) http1.enable();
      else http1.disable();
      const agent = new http.Agent({ keepAlive: true });
      results.push(await run(agent));
      agent.destroy();
    }
    return results as [Result, Result];
  }

  test.each<[string, RequestOptions]>([
    ['an object', { headers: { 'X-One': '1', cookie: ['a=1', 'b=2'], 'x-list': ['1', '2'] } }],
    ['a list', { headers: ['X-One', '1', 'Host', 'shop', 'x-list', '1', 'X-LIST', '2'] }],
    ['no Host', { setHost: false }],
    ['credentials', { auth: 'user:password' }],
    ['Expect', { headers: { expect: '100-continue', 'x-one': '1' } }],
  ])('the server receives the same headers in the same order from %s', async (_, options) => {
    const [bare, traced] = await both(async (agent) => {
      await finished(get(url, { ...options, agent, path: '/200' }));
      return received.rawHeaders;
    });
    const added = traced.findIndex((text, index) => index % 2 === 0 && text === 'traceparent');
    expect(added).toBeGreaterThanOrEqual(0);
    expect(traced.toSpliced(added, 2)).toEqual(bare);
  });

  test('no listener is added to a request or its response', async () => {
    const [bare, traced] = await both(async (agent) => {
      const onResponse = () => {};
      const sent = get(`${url}/200`, { agent }, onResponse);
      const listeners = () => [
        sent.listeners('response').length,
        sent.listeners('response').includes(onResponse),
        sent.eventNames(),
      ];
      const before = [...listeners(), Object.keys(sent).length];
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      const after = [response.eventNames(), response.listenerCount('end'), Object.keys(response).length];
      await response.toArray();
      return [before, after];
    });
    expect(traced).toEqual(bare);
  });

  test.each<[string, (agent: http.Agent, seen: unknown[]) => Promise<void>]>([
    [
      'a response that is not consumed',
      async (agent, seen) => {
        const sent = get(`${url}/200`, { agent });
        await closed(sent);
        seen.push(sent.destroyed, sent.reusedSocket);
      },
    ],
    [
      'a request to a closed port',
      async (_agent, seen) => {
        const [error] = await once(get('http://127.0.0.1:1/'), 'error');
        seen.push(error.code, error.message);
      },
    ],
    [
      'a connection that is reset',
      async (agent, seen) => {
        const error = await once(get(`${url}/200/reset`, { agent }), 'response').catch((reason) => reason);
        seen.push(error.code, error.message);
      },
    ],
    [
      'a response that is cut',
      async (agent, seen) => {
        const [response] = (await once(get(`${url}/200/cut`, { agent }), 'response')) as [IncomingMessage];
        const error = await response.toArray().catch((reason) => reason);
        seen.push(error.code, error.message, response.complete);
      },
    ],
    [
      'a request that is aborted',
      async (agent, seen) => {
        const controller = new AbortController();
        const sent = get(`${url}/200/silent`, { agent, signal: controller.signal });
        setImmediate(() => controller.abort());
        const error = await once(sent, 'response').catch((reason) => reason);
        seen.push(error.name, error.code);
      },
    ],
    [
      'a request that times out',
      async (agent, seen) => {
        const sent = get(`${url}/200/silent`, { agent, timeout: 20 });
        await once(sent, 'timeout');
        sent.on('error', ({ message }) => seen.push(message)).destroy();
        await closed(sent);
      },
    ],
    [
      'an upgrade',
      async (agent, seen) => {
        const sent = get(`${url}/200`, { agent, headers: { connection: 'upgrade', upgrade: 'echo' } });
        const [response, socket] = (await once(sent, 'upgrade')) as [IncomingMessage, Socket];
        socket.destroy();
        seen.push(response.statusCode, sent.destroyed);
      },
    ],
    [
      'headers set after they were sent',
      async (agent, seen) => {
        const sent = get(`${url}/200`, { agent });
        try {
          sent.setHeader('x-late', '1');
        } catch (error) {
          seen.push((error as NodeJS.ErrnoException).code);
        }
        await finished(sent);
      },
    ],
    [
      'invalid options',
      async (_agent, seen) => {
        for (const wrong of [
          { protocol: 'ftp:' },
          { path: '/a b' },
          { method: 'A B' },
          { headers: ['a'] },
          { headers: { 'a b': 1 } },
        ]) {
          try {
            request(wrong as never);
          } catch (error) {
            seen.push((error as NodeJS.ErrnoException).code);
          }
        }
      },
    ],
  ])('%s', async (_, act) => {
    const [bare, traced] = await both(async (agent) => {
      const seen: unknown[] = [];
      await act(agent, seen);
      return seen;
    });
    expect(traced).toEqual(bare);
    expect(bare.length).toBeGreaterThan(0);
  });

  test('an AsyncLocalStorage of the application has the same value in each event', async () => {
    const storage = new AsyncLocalStorage<string>();
    const [bare, traced] = await both(async (agent) => {
      const seen: string[] = [];
      const send = () =>
        new Promise<void>((resolve) => {
          const sent = get(`${url}/200`, { agent }, (response) => {
            for (const event of ['data', 'end', 'close']) response.on(event, () => seen.push(`${event} ${storage.getStore()}`));
            response.resume();
          });
          for (const event of ['socket', 'finish', 'response']) sent.on(event, () => seen.push(`${event} ${storage.getStore()}`));
          sent.on('close', () => {
            seen.push(`request close ${storage.getStore()}`);
            setImmediate(resolve);
          });
        });
      await storage.run('first', send);
      await storage.run('second', send); // over the same connection
      return seen;
    });
    expect(traced).toEqual(bare);
    expect(bare).toHaveLength(14);
  });

  test('an error thrown by a listener reaches the caller', async () => {
    const sent = get(`${url}/200`);
    sent.on('own', () => {
      throw new Error('of the application');
    });
    expect(() => sent.emit('own')).toThrow('of the application');
    expect(sent.emit('nobody listens')).toBe(false);
    await finished(sent);
  });
});

test('each event of a request and its response runs in the context the request was sent in', async () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const seen = new Set<Context>();
  const send = (path: string) =>
    new Promise<void>((resolve) => {
      const sent = get(url + path, { agent, timeout: 50 });
      for (const event of ['response', 'close', 'error', 'timeout', 'socket']) sent.on(event, () => seen.add(context.active()));
      sent.on('response', (response: IncomingMessage) => {
        for (const event of ['data', 'end', 'close', 'error', 'aborted']) response.on(event, () => seen.add(context.active()));
      });
      sent.on('timeout', () => sent.destroy());
      sent.on('close', () => setImmediate(resolve));
    });
  await trace.getTracer('test').startActiveSpan('first', () => send('/200'));
  for (const path of ['/200', '/200/cut', '/200/silent']) {
    await trace.getTracer('test').startActiveSpan(path, async (span) => {
      seen.clear();
      const own = context.active();
      await send(path);
      expect([...seen]).toEqual([own]);
      span.end();
    });
  }
  agent.destroy();
});

describe('the span shows how a request ends', () => {
  async function spanOf(sent: ClientRequest) {
    sent.on('error', () => {}).on('response', (response) => response.on('error', () => {}).resume());
    await closed(sent);
    const [span] = clientSpans();
    expect(clientSpans()).toHaveLength(1);
    return { ...span?.attributes, status: span?.status.code, events: span?.events.map(({ name }) => name) };
  }

  test.each([
    [200, { status: 0 }],
    [304, { status: 0 }],
    [404, { 'error.type': '404', status: 2 }],
    [503, { 'error.type': '503', status: 2 }],
  ])('with response %i', async (status, expected) => {
    expect(await spanOf(get(`${url}/${status}`))).toMatchObject({ 'http.response.status_code': status, events: [], ...expected });
  });

  test('without a connection', async () => {
    expect(await spanOf(get('http://127.0.0.1:1/'))).toMatchObject({
      'error.type': 'ECONNREFUSED',
      status: 2,
      events: ['exception'],
    });
  });

  test('a response that is cut', async () => {
    expect(await spanOf(get(`${url}/200/cut`))).toMatchObject({
      'http.response.status_code': 200,
      'error.type': 'aborted',
      status: 2,
    });
  });

  test('a request that is destroyed by the application', async () => {
    const sent = get(`${url}/200/silent`);
    setImmediate(() => sent.destroy());
    expect(await spanOf(sent)).toMatchObject({ 'error.type': 'ECONNRESET', status: 2 });
  });

  test('an upgrade', async () => {
    const sent = get(`${url}/200`, { headers: { connection: 'upgrade', upgrade: 'echo' } });
    sent.on('upgrade', (_response, socket: Socket) => socket.destroy());
    expect(await spanOf(sent)).toMatchObject({ 'http.response.status_code': 101, status: 0 });
  });
});
