// One SERVER span for a request, made by Fastify's own hooks: cheaper than patching node:http, and it knows the route from the start.
// Fastify announces each instance on a diagnostics channel: no plugin to register, no line in the service.
import { subscribe } from 'node:diagnostics_channel';
import { type Context, context, propagation, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import {
  ATTR_ERROR_TYPE,
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_HTTP_ROUTE,
  ATTR_NETWORK_PEER_ADDRESS,
  ATTR_URL_PATH,
  ATTR_URL_SCHEME,
} from '@opentelemetry/semantic-conventions';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { setAttributes } from './set-attributes.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `false` for a route without a trace, such as a health check, as for https://github.com/fastify/otel */
    otel?: boolean;
  }
}

interface Options {
  /** Runs when the instance begins to close, and when it has closed: after its requests and its plugins' onClose hooks. */
  flush: () => Promise<void>;
}

interface Traced {
  span: Span;
  /** What the request's code runs in. */
  context: Context;
}

const traced = Symbol('traced');
type TracedRequest = FastifyRequest & { [traced]: Traced | undefined };

/** Makes a span named by route (`POST /numbers`) for each request, and records what it failed with. */
export function traceFastify({ flush }: Options): void {
  const tracer = trace.getTracer('telemetry/fastify');

  subscribe('fastify.initialization', (message) => {
    const { fastify } = message as { fastify: FastifyInstance };
    fastify.decorateRequest(traced, undefined as never);

    fastify.addHook('onRequest', (request, reply, done) => {
      const { config, url: route } = request.routeOptions;
      if (config.otel === false) return context.with(suppressTracing(ROOT_CONTEXT), done);
      const parent = propagation.extract(ROOT_CONTEXT, request.headers);
      const name = route ? `${request.method} ${route}` : request.method;
      const span = tracer.startSpan(name, { kind: SpanKind.SERVER }, parent);
      setAttributes(span, () => attributesOf(request, route));
      const own = trace.setSpan(parent, span);
      (request as TracedRequest)[traced] = { span, context: own };
      reply.raw.on('close', () => end(request, { [ATTR_ERROR_TYPE]: 'aborted' })); // ended already, unless the client has left
      context.with(own, done);
    });
    fastify.addHook('preValidation', inContext); // the body came in by events of the socket, outside of the context
    fastify.addHook('onError', (request, _reply, error, done) => {
      const span = (request as TracedRequest)[traced]?.span;
      if (span?.isRecording() && (error.statusCode ?? 500) >= 500) span.recordException(error);
      done();
    });
    fastify.addHook('onResponse', (request, reply, done) => {
      end(request, { [ATTR_HTTP_RESPONSE_STATUS_CODE]: reply.statusCode });
      inContext(request, reply, done); // the line in the log comes after this
    });

    fastify.addHook('preClose', async () => void flush()); // should the end come before the instance has closed
    fastify.addHook('onClose', flush);
  });
}

/** What the service keeps in an AsyncLocalStorage of its own stays as it is. */
function inContext(request: FastifyRequest, _reply: FastifyReply, done: () => void): void {
  const own = (request as TracedRequest)[traced]?.context;
  if (own) context.with(own, done);
  else done();
}

function end(request: FastifyRequest, outcome: Record<string, string | number>): void {
  const span = (request as TracedRequest)[traced]?.span;
  if (!span?.isRecording()) return;
  const status = outcome[ATTR_HTTP_RESPONSE_STATUS_CODE];
  if (typeof status === 'number' && status >= 500) {
    outcome[ATTR_ERROR_TYPE] = String(status);
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  setAttributes(span, () => outcome);
  span.end();
}

/**
 * https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server, without what a client can put any text into:
 * the query, a path that no route has, Host, User-Agent, Forwarded.
 */
function attributesOf(request: FastifyRequest, route: string | undefined): Record<string, string | undefined> {
  return {
    [ATTR_HTTP_REQUEST_METHOD]: request.method,
    [ATTR_HTTP_ROUTE]: route,
    [ATTR_URL_SCHEME]: request.protocol,
    [ATTR_URL_PATH]: route && pathOf(request.url),
    [ATTR_NETWORK_PEER_ADDRESS]: request.socket.remoteAddress,
  };
}

function pathOf(url: string): string | undefined {
  if (!url.startsWith('/')) return URL.parse(url)?.pathname; // a proxy's request: http://user:password@host/path
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}
