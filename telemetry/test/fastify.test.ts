import { AsyncLocalStorage } from 'node:async_hooks';
import { createServer, request as httpRequest, IncomingMessage } from 'node:http';
import { connect as connectHttp2, constants } from 'node:http2';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { type Context, context, propagation, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { hrTimeToMicroseconds } from '@opentelemetry/core';
import { type ReadableSpan, SamplingDecision } from '@opentelemetry/sdk-trace';
import type { FastifyInstance, FastifyServerOptions } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../test/support/until.ts';
import { FastifyInstrumentation } from '../src/fastify.ts';
import { activeTraceId, startInMemory } from './support/in-memory.ts';

const sampled: { name: string; attributes: object }[] = [];
const parents: Context[] = [];
const telemetry = startInMemory({
  sampler: {
    shouldSample: (parent, _traceId, name, _kind, attributes) => {
      parents.push(parent);
      sampled.push({ name, attributes: { ...attributes } });
      return { decision: SamplingDecision.RECORD_AND_SAMPLED };
    },
  },
});
const instrumentation = new FastifyInstrumentation();
const { default: Fastify } = await import('fastify');

let app: FastifyInstance;

beforeEach(() => {
  telemetry.clear();
  sampled.length = 0;
  parents.length = 0;
});

afterEach(() => app.close());

async function serve(options: FastifyServerOptions, define: (app: FastifyInstance) => unknown): Promise<string> {
  app = Fastify({ forceCloseConnections: true, ...options }) as FastifyInstance;
  await define(app);
  return app.listen({ port: 0 });
}

async function spanOf(name: string): Promise<ReadableSpan> {
  return until(`a span ${name}`, () => telemetry.spans().find((span) => span.name === name));
}

test('the sampler sees the root context as the parent of a request without trace headers', async () => {
  const base = await serve({}, (app) => app.get('/', async () => 'x'));
  await fetch(base);
  await spanOf('GET /');
  expect(parents).toHaveLength(1);
  expect(parents[0]).toBe(ROOT_CONTEXT);
});

describe('a request has one SERVER span', () => {
  test('named after its route, with the attributes the conventions require at span start', async () => {
    const base = await serve({}, (app) => app.get('/users/:id', async () => 'x'));
    await fetch(`${base}/users/7?token=secret`);
    const span = await spanOf('GET /users/:id');
    expect(sampled).toEqual([
      {
        name: 'GET /users/:id',
        attributes: {
          'http.request.method': 'GET',
          'http.route': '/users/:id',
          'url.path': '/users/7',
          'url.scheme': 'http',
          'network.peer.address': expect.stringMatching(/127\.0\.0\.1|::1/),
        },
      },
    ]);
    expect(span.attributes).toMatchObject({ 'http.response.status_code': 200 });
    expect(span.status.code).toBe(SpanStatusCode.UNSET);
    expect(JSON.stringify(span.attributes)).not.toContain('secret');
  });

  test('even if an asynchronous constraint fails, which Fastify answers without a route', async () => {
    const ids: string[] = [];
    const tenant = {
      name: 'tenant',
      storage: () => ({ get: () => null, set: () => {} }),
      deriveConstraint: (_request: unknown, _context: unknown, done?: (error: Error) => void) => {
        setImmediate(() => done?.(new Error('no tenant')));
      },
      validate: () => {},
    };
    const options = {
      routerOptions: { constraints: { tenant } },
      frameworkErrors: (_error: Error, _request: unknown, reply: { code(status: number): { send(body: string): void } }) => {
        ids.push(activeTraceId());
        reply.code(500).send('failed');
      },
    };
    const base = await serve(options as unknown as FastifyServerOptions, (app) =>
      app.get('/', { constraints: { tenant: 'a' } }, async () => 'x'),
    );
    await fetch(base);
    const span = await spanOf('GET');
    expect(span.attributes).toMatchObject({ 'http.response.status_code': 500, 'error.type': '500' });
    expect(ids).toEqual([span.spanContext().traceId]);
  });

  test.each([1, 16 * 2 ** 20])('that ends when the response is sent, before the hooks that follow, %d bytes', async (size) => {
    const base = await serve({}, (app) => {
      app.addHook('onResponse', async () => trace.getTracer('test').startSpan('hook').end());
      app.get('/', async () => Buffer.alloc(size));
    });
    await (await fetch(base)).arrayBuffer();
    const { endTime } = await spanOf('GET /');
    const { startTime } = await spanOf('hook');
    expect(hrTimeToMicroseconds(endTime)).toBeLessThanOrEqual(hrTimeToMicroseconds(startTime));
  });

  test('that ends before the client can read the response', async () => {
    let hasWritten = false;
    const base = await serve({}, (app) => {
      app.get('/', async () => 'x');
      app.server.on('connection', (socket) => {
        const { write } = socket;
        socket.write = (...args: unknown[]) => {
          if (!hasWritten) trace.getTracer('test').startSpan('write').end();
          hasWritten = true;
          const writtenAt = performance.now();
          const result = Reflect.apply(write, socket, args);
          while (performance.now() < writtenAt + 5); // a client that reads at once
          return result;
        };
      });
    });
    await fetch(base);
    const { endTime } = await spanOf('GET /');
    expect(hrTimeToMicroseconds(endTime)).toBeLessThanOrEqual(hrTimeToMicroseconds((await spanOf('write')).startTime));
  });

  test.each(['HTTP/1.1', 'HTTP/2'])('that does not end while a client has yet to read the response, %s', async (version) => {
    let active = ROOT_CONTEXT;
    const base = await serve({ http2: version === 'HTTP/2' } as FastifyServerOptions, (app) =>
      app.get('/', (_request, reply) => {
        active = context.active();
        reply.hijack();
        reply.raw.end(Buffer.alloc(64 * 2 ** 20));
      }),
    );
    const session = version === 'HTTP/2' ? connectHttp2(base) : undefined;
    const response = await new Promise<Readable>((resolve) => {
      const stream = session?.request();
      if (stream) stream.on('response', () => resolve(stream));
      else httpRequest(base, resolve).end();
    });
    response.pause();
    const child = trace.getTracer('test').startSpan('child', {}, active);
    child.end();
    response.resume();
    const { endTime } = await spanOf('GET /');
    expect(hrTimeToMicroseconds(endTime)).toBeGreaterThanOrEqual(hrTimeToMicroseconds((await spanOf('child')).endTime));
    session?.close();
  });

  test('even if the application routes it again, with another request object and the same response', async () => {
    const base = await serve({}, (app) => {
      app.get('/old', (request, reply) => {
        reply.hijack();
        const { socket, method, headers } = request.raw;
        app.routing(Object.assign(new IncomingMessage(socket), { method, headers, url: '/new' }), reply.raw);
      });
      app.get('/new', async () => 'new');
    });
    const response = await fetch(`${base}/old`);
    expect(await response.text()).toBe('new');
    await spanOf('GET /old');
    expect(telemetry.spans().map(({ name }) => name)).toEqual(['GET /old']);
  });

  test('whose method is _OTHER if it is not a standard method', async () => {
    const base = await serve({}, (app) =>
      app.addHttpMethod('MKCALENDAR').route({ method: 'MKCALENDAR', url: '/c', handler: async () => 'x' }),
    );
    await new Promise((resolve) =>
      httpRequest(`${base}/c`, { method: 'MKCALENDAR' }, (res) => res.resume().on('end', resolve)).end(),
    );
    expect((await spanOf('HTTP /c')).attributes).toMatchObject({
      'http.request.method': '_OTHER',
      'http.request.method_original': 'MKCALENDAR',
    });
  });

  test.each([
    ['a path without a matching route', '/nowhere', 404],
    ['an invalidly encoded path', '/%zz', 400],
    ['a path parameter that is too long', `/users/${'x'.repeat(2_000)}`, 414],
  ])('for %s', async (_what, path, status) => {
    const base = await serve({ routerOptions: { maxParamLength: 100 } }, (app) => app.get('/users/:id', async () => 'x'));
    expect((await fetch(base + path)).status).toBe(status === 414 ? 414 : status);
    const span = await spanOf('GET');
    expect(span.attributes).toMatchObject({
      'http.response.status_code': status,
      'http.request.method': 'GET',
      'url.scheme': 'http',
    });
    expect(String(span.attributes['url.path'])).toBe(path.slice(0, 1_024));
  });

  test.each([
    [{ trustProxy: true }, 'https', 'https'],
    [{ trustProxy: true }, 'any text', 'http'],
    [{ trustProxy: false }, 'https', 'http'],
  ])('whose scheme is http or https, for %j and x-forwarded-proto: %s', async (options, forwarded, scheme) => {
    await serve(options, (app) => app.get('/', async () => 'x'));
    await app.inject({ url: '/', headers: { 'x-forwarded-proto': forwarded } });
    expect((await spanOf('GET /')).attributes['url.scheme']).toBe(scheme);
  });

  test('whose scheme is that of the trusted proxy in an encapsulated plugin, too', async () => {
    await serve({ trustProxy: true }, (app) =>
      app.register(async (plugin) => {
        plugin.get('/inner', async () => 'x');
      }),
    );
    await app.inject({ url: '/inner', headers: { 'x-forwarded-proto': 'https' } });
    expect((await spanOf('GET /inner')).attributes['url.scheme']).toBe('https');
  });

  test('except on a route with `otel: false`, which has no child spans either', async () => {
    const base = await serve({}, (app) =>
      app.post('/health', { config: { otel: false } }, async () => {
        trace.getTracer('test').startSpan('inner').end();
        return 'x';
      }),
    );
    await fetch(`${base}/health`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } });
    expect(telemetry.spans()).toEqual([]);
  });

  test('that encloses its child spans, to the microsecond', async () => {
    const base = await serve({}, (app) =>
      app.get('/', async () => trace.getTracer('test').startActiveSpan('child', async (span) => span.end())),
    );
    for (let n = 0; n < 50; n += 1) await fetch(base);
    await until('the spans', () => telemetry.spans().length === 100);
    for (const child of telemetry.spans().filter(({ name }) => name === 'child')) {
      const parent = telemetry.spans().find((span) => span.spanContext().spanId === child.parentSpanContext?.spanId);
      expect(hrTimeToMicroseconds(child.startTime)).toBeGreaterThanOrEqual(hrTimeToMicroseconds(parent?.startTime ?? [0, 0]));
      expect(hrTimeToMicroseconds(child.endTime)).toBeLessThanOrEqual(hrTimeToMicroseconds(parent?.endTime ?? [0, 0]));
    }
  });
});

describe('a request belongs to', () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

  test('the trace of its traceparent header', async () => {
    const base = await serve({}, (app) => app.get('/', async () => activeTraceId()));
    expect(await (await fetch(base, { headers: { traceparent } })).text()).toBe('0af7651916cd43dd8448eb211c80319c');
    expect((await spanOf('GET /')).parentSpanContext?.spanId).toBe('b7ad6b7169203331');
  });

  test('the trace of the active span if it is injected', async () => {
    await serve({}, (app) => app.get('/', async () => activeTraceId()));
    await trace.getTracer('test').startActiveSpan('job', async (job) => {
      expect((await app.inject('/')).body).toBe(job.spanContext().traceId);
      expect((await app.inject({ url: '/', headers: { traceparent } })).body).toBe('0af7651916cd43dd8448eb211c80319c');
      expect(activeTraceId()).toBe(job.spanContext().traceId);
      job.end();
    });
    expect((await app.inject('/')).body).not.toBe((await app.inject('/')).body);
    const job = trace.getTracer('test').startSpan('job');
    const lazy = context.with(trace.setSpan(context.active(), job), () => app.inject('/'));
    expect((await lazy).body).toBe(job.spanContext().traceId);
  });

  test('a trace of its own if the server was started within a span', async () => {
    app = Fastify();
    app.get('/', async () => activeTraceId());
    const [base, bootId] = await trace.getTracer('test').startActiveSpan('boot', async (boot) => {
      const address = await app.listen({ port: 0 });
      boot.end();
      return [address, boot.spanContext().traceId] as const;
    });
    expect(await (await fetch(base)).text()).not.toBe(bootId);
    expect((await spanOf('GET /')).parentSpanContext).toBeUndefined();
  });
});

describe('the span is active', () => {
  test('in every function Fastify calls for the request', async () => {
    const seen: Record<string, string> = {};
    const see = (name: string) => {
      seen[name] = activeTraceId();
    };
    const base = await serve(
      {
        genReqId: () => {
          see('genReqId');
          return 'id';
        },
        childLoggerFactory: (logger) => {
          see('childLoggerFactory');
          return logger;
        },
        bodyLimit: 1_000,
      },
      (app) => {
        for (const hook of [
          'onRequest',
          'preParsing',
          'preValidation',
          'preHandler',
          'preSerialization',
          'onSend',
          'onResponse',
          'onError',
        ]) {
          app.addHook(hook as 'onRequest', async () => see(hook));
        }
        app.addHook('onRequest', async (request, reply) => {
          request.raw.on('close', () => see('close of the request'));
          reply.raw.on('finish', () => see('finish')).on('close', () => see('close of the response'));
        });
        app.addContentTypeParser('text/buffer', { parseAs: 'buffer' }, (_request, body, done) => {
          see('buffer parser');
          done(null, body);
        });
        app.addContentTypeParser('text/stream', (_request, payload, done) => {
          payload
            .on('data', () => see('data event'))
            .on('end', () => {
              see('end event');
              done(null, 'x');
            });
        });
        app.setErrorHandler((error, _request, reply) => {
          see('errorHandler');
          return reply.code(418).send(error);
        });
        app.post('/', async (request) => {
          see('handler');
          setTimeout(() => see('timer'));
          if (request.headers['x-fail']) throw new Error('failed');
          return { a: 1 };
        });
      },
    );
    const post = (type: string, headers = {}) =>
      new Promise((resolve) => {
        const call = httpRequest(
          base,
          { method: 'POST', headers: { 'content-type': type, 'content-length': 4, ...headers } },
          (response) => response.resume().on('end', resolve),
        );
        call.flushHeaders();
        setTimeout(() => call.end('"xx"'), 30); // in a packet of its own
      });
    for (const [type, headers] of [
      ['text/buffer'],
      ['text/stream'],
      ['application/json'],
      ['application/json', { 'x-fail': '1' }],
    ] as const) {
      telemetry.clear();
      for (const name of Object.keys(seen)) delete seen[name];
      await post(type, headers);
      const { traceId } = (await spanOf('POST /')).spanContext();
      await until('all events', () => {
        const missing = ['close of the response', 'close of the request', 'onResponse', 'timer'].filter((name) => !seen[name]);
        if (missing.length > 0) throw new Error(missing.join());
        return true;
      });
      expect(new Set(Object.values(seen)), JSON.stringify(seen)).toEqual(new Set([traceId]));
      expect(Object.keys(seen)).toEqual(
        expect.arrayContaining(['genReqId', 'childLoggerFactory', 'onRequest', 'handler', 'finish']),
      );
    }
  });

  test('in onRequestAbort and in the events of an aborted request', async () => {
    const seen: string[] = [];
    const base = await serve({}, (app) => {
      app.addHook('onRequestAbort', async (_request) => void seen.push(activeTraceId()));
      app.get('/', (request, reply) => {
        request.raw.on('close', () => seen.push(activeTraceId()));
        reply.raw.on('close', () => seen.push(activeTraceId()));
      });
    });
    const call = httpRequest(base).on('error', () => {});
    call.end();
    await until('the request', () => sampled.length > 0);
    call.destroy();
    await until('the events', () => seen.length === 3);
    expect(new Set(seen)).toEqual(new Set([(await spanOf('GET /')).spanContext().traceId]));
  });

  test('in onTimeout, for each request of a keep-alive connection', async () => {
    const seen: string[] = [];
    const base = await serve({ connectionTimeout: 100 }, (app) => {
      app.addHook('onTimeout', async () => void seen.push(activeTraceId()));
      app.get('/hang', () => new Promise(() => {}));
      app.get('/', async () => 'x');
    });
    const socket = connect(Number(new URL(base).port));
    socket.on('error', () => {}).write('GET / HTTP/1.1\r\nhost: x\r\n\r\nGET /hang HTTP/1.1\r\nhost: x\r\n\r\n');
    await until('the hook', () => seen.length > 0);
    const span = await spanOf('GET /hang');
    expect(seen).toEqual([span.spanContext().traceId]);
    expect(span.attributes['error.type']).toBe('timeout');
    expect(span.status.code).toBe(SpanStatusCode.ERROR);
  });
});

describe('a context or store set by the application', () => {
  test.each(['GET', 'POST'] as const)('in a hook reaches the handler and onResponse: %s', async (method) => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const see = () =>
      void seen.push([
        propagation.getActiveBaggage()?.getEntry('tenant')?.value,
        trace.getActiveSpan() === own,
        storage.getStore(),
      ]);
    const own = trace.getTracer('test').startSpan('of the application');
    const base = await serve({}, (app) => {
      app.addHook('onRequest', (_request, _reply, done) => {
        const baggage = propagation.createBaggage({ tenant: { value: '7' } });
        context.with(trace.setSpan(propagation.setBaggage(context.active(), baggage), own), () => storage.run('mine', done));
      });
      app.addHook('onResponse', async () => see());
      app.route({ method, url: '/', handler: async () => see() });
    });
    await fetch(base, { method, ...(method === 'POST' && { body: '{"a":1}', headers: { 'content-type': 'application/json' } }) });
    await until('both', () => seen.length === 2);
    expect(seen).toEqual([
      ['7', true, 'mine'],
      ['7', true, 'mine'],
    ]);
  });

  test('around an injected request is unchanged after it', async () => {
    const storage = new AsyncLocalStorage<string>();
    await serve({}, (app) => app.get('/', async () => storage.getStore() ?? 'none'));
    await storage.run('mine', async () => {
      expect((await app.inject('/')).body).toBe('mine');
      expect(storage.getStore()).toBe('mine');
    });
    expect(activeTraceId()).toBe('none');
  });
});

describe('the span shows how a request ended', () => {
  const source = (fail: boolean) =>
    Readable.from(
      (async function* () {
        for (let n = 0; n < 200; n += 1) {
          yield 'x'.repeat(1_000);
          await new Promise((resolve) => setTimeout(resolve, 5));
          if (fail) throw new RangeError('the source broke');
        }
      })(),
    );
  const routes = (app: FastifyInstance) => {
    app.get('/error', async () => Promise.reject(new TypeError('a defect')));
    app.get('/thrown', async () => {
      throw null;
    });
    app.get('/bad', async () => Promise.reject(Object.assign(new Error('the client`s'), { statusCode: 422 })));
    app.get('/breaks', (_request, reply) => reply.type('text/plain').send(source(true)));
    app.get('/download', (_request, reply) => reply.type('text/plain').send(source(false)));
    app.get('/hang', () => {});
    app.get('/hijacked', (_request, reply) => void reply.hijack().raw.writeHead(202).end('x'));
    app.get('/destroyed', (_request, reply) => void reply.hijack().raw.destroy());
    app.get('/late', { handlerTimeout: 20 }, () => new Promise(() => {}));
  };
  const { ERROR, UNSET } = SpanStatusCode;

  test.each([
    ['/error', { status: ERROR, type: '500', code: 500, exception: 'TypeError' }],
    ['/thrown', { status: ERROR, type: '500', code: 500, exception: undefined }],
    ['/bad', { status: UNSET, type: undefined, code: 422, exception: undefined }],
    ['/breaks', { status: ERROR, type: 'RangeError', code: 200, exception: 'RangeError' }],
    ['/hijacked', { status: UNSET, type: undefined, code: 202, exception: undefined }],
    ['/destroyed', { status: ERROR, type: '_OTHER', code: undefined, exception: undefined }],
    ['/late', { status: ERROR, type: '503', code: 503, exception: 'FST_ERR_HANDLER_TIMEOUT' }],
  ])('by the server: %s', async (path, outcome) => {
    const base = await serve({}, routes);
    await fetch(base + path)
      .then((response) => response.text())
      .catch(() => {});
    expect(outcomeOf(await spanOf(`GET ${path}`))).toEqual(outcome);
  });

  test.each([
    ['/hang', undefined],
    ['/download', 200],
  ])('by a client that aborts: %s', async (path, code) => {
    const base = await serve({}, routes);
    const socket = connect(Number(new URL(base).port));
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
    if (code) await new Promise((resolve) => socket.once('data', resolve));
    else await until('the request', () => sampled.length > 0);
    socket.destroy();
    expect(outcomeOf(await spanOf(`GET ${path}`))).toEqual({ status: UNSET, type: 'aborted', code, exception: undefined });
  });

  test.each([
    ['/error', false, { status: ERROR, type: '500', code: 500, exception: 'TypeError' }],
    ['/breaks', false, { status: ERROR, type: 'RangeError', code: 200, exception: 'RangeError' }],
    ['/download', true, { status: UNSET, type: 'aborted', code: 200, exception: undefined }],
    ['/hang', true, { status: UNSET, type: 'aborted', code: undefined, exception: undefined }],
  ])('over HTTP/2: %s', async (path, isCancelled, outcome) => {
    app = Fastify({ http2: true }) as unknown as FastifyInstance;
    routes(app);
    const client = connectHttp2(await app.listen({ port: 0 }));
    const stream = client.request({ ':path': path }).on('error', () => {});
    if (isCancelled) {
      if (path === '/download') await new Promise((resolve) => stream.once('data', resolve));
      else await until('the request', () => sampled.length > 0);
      stream.close(constants.NGHTTP2_CANCEL);
    } else stream.resume();
    expect(outcomeOf(await spanOf(`GET ${path}`))).toEqual(outcome);
    client.destroy();
  });

  test('if the application wraps request and response in proxies that bind their methods', async () => {
    const bound = <Target extends object>(target: Target): Target => {
      const get = (_: Target, name: string | symbol): unknown => {
        const value = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      };
      return new Proxy(target, { get, set: (_, name, value) => Reflect.set(target, name, value) });
    };
    const serverFactory: FastifyServerOptions['serverFactory'] = (handler) =>
      createServer((request, response) => handler(bound(request), bound(response)));
    const base = await serve({ serverFactory }, routes);
    await fetch(`${base}/error`);
    expect(outcomeOf(await spanOf('GET /error'))).toEqual({ status: ERROR, type: '500', code: 500, exception: 'TypeError' });
  });

  function outcomeOf({ status, attributes, events }: ReadableSpan) {
    return {
      status: status.code,
      type: attributes['error.type'],
      code: attributes['http.response.status_code'],
      exception: events[0]?.attributes?.['exception.type'],
    };
  }
});

describe('the application is not affected', () => {
  test('no listener is added to requests and responses', async () => {
    const counts: Record<string, number[]> = {};
    for (const how of ['with', 'without']) {
      if (how === 'without') instrumentation.disable();
      const base = await serve({}, (app) =>
        app.get('/', async (request, reply) => {
          counts[how] = [request.raw, reply.raw, request.raw.socket].flatMap((emitter) =>
            emitter.eventNames().map((name) => emitter.listenerCount(name)),
          );
          return Object.keys(request.raw).concat(Object.keys(reply.raw));
        }),
      );
      await fetch(base);
      await app.close();
      instrumentation.enable();
    }
    expect(counts.with).toEqual(counts.without);
  });

  test('an error in a sampler or a span processor does not reach the application', async () => {
    const base = await serve({}, (app) => app.get('/', async () => 'x'));
    const push = sampled.push;
    sampled.push = () => {
      throw new Error('of the sampler');
    };
    expect((await fetch(base)).status).toBe(200);
    sampled.push = push;
  });

  test('nothing is traced after disable(), and requests are traced again after enable()', async () => {
    instrumentation.disable();
    const base = await serve({}, (app) => app.get('/', async () => activeTraceId()));
    expect(await (await fetch(base)).text()).toBe('none');
    expect(telemetry.spans()).toEqual([]);
    await app.close();
    instrumentation.enable();
    const again = await serve({}, (app) => app.get('/', async () => activeTraceId()));
    expect(await (await fetch(again)).text()).not.toBe('none');
  });
});
