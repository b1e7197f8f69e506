// The SERVER span of one request: its name, its attributes and its outcome.
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type Attributes,
  type Context,
  context,
  createContextKey,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import {
  ATTR_ERROR_TYPE,
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_REQUEST_METHOD_ORIGINAL,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_HTTP_ROUTE,
  ATTR_NETWORK_PEER_ADDRESS,
  ATTR_NETWORK_PROTOCOL_VERSION,
  ATTR_URL_PATH,
  ATTR_URL_SCHEME,
} from '@opentelemetry/semantic-conventions';
import { startSpan } from './adopted-attributes.ts';
import { knownMethods } from './known-methods.ts';
import { LAYERED_ROOT } from './layered-context.ts';
import { type Measurement, serverRequestDuration } from './metrics-duration.ts';
import { switchTo } from './run-in-context.ts';
import { timeOf } from './span-clock.ts';

/** A request and a response of Node.js or light-my-request, over HTTP/1 or HTTP/2. */
export type RawRequest = IncomingMessage & {
  originalUrl?: string;
  upgrade?: boolean;
  stream?: { aborted: boolean; rstCode: number; writableLength: number };
};
export type RawResponse = ServerResponse & { errored?: Error | null };

/** Identifies a request. Contexts reference it instead of the request, so that a timer that retains a context does not retain the request. */
class RequestToken {}

/** Key of the request's token in the request's context and in every context derived from it. */
const requestKey = createContextKey('fastify request');

/**
 * A request in progress.
 *
 * This is a class, not an object literal, because V8 may start to allocate the objects of a literal directly in the old generation.
 * Everything that such an object references, an entire request, would then survive minor garbage collections.
 */
export class RequestTrace {
  /** Undefined if the request is not traced. */
  readonly span: Span | undefined;
  /** The context for everything that belongs to the request, unless a context derived from it is active. */
  readonly context: Context;
  readonly token = new RequestToken();
  readonly req: RawRequest;
  readonly res: RawResponse;
  /** The stream piped into the response. */
  source: { errored?: Error | null } | undefined;
  hasTimedOut = false;
  /** Whether the headers had been sent when the request timed out: a handler that returns later sends nothing. */
  hadHeadersSent = false;
  /** Duration metric. */
  measurement: Measurement | undefined = undefined;
  /** When the response was ended, or finished if a part of it was left to send then; by `performance.now()`. */
  endMs: number | undefined = undefined;
  /** The response's own `end`. */
  originalEnd: RawResponse['end'] | undefined = undefined;
  /** Whether the response has emitted `finish`. */
  hasFinished = false;

  constructor(req: RawRequest, res: RawResponse, span: Span | undefined, parent: Context) {
    this.span = span;
    this.req = req;
    this.res = res;
    this.source = undefined;
    this.context = parent.setValue(requestKey, this.token);
  }
}

/** A longer path is truncated, because clients choose its length. */
const maxPathLength = 1_024;

/**
 * Starts the span of a request.
 *
 * @param route pattern of the route, such as `/users/:id`; undefined if none matches
 * @param scheme scheme that the client used, `http` or `https`
 * @param parent context extracted from the request's headers
 */
export function startRequest(
  tracer: Tracer,
  req: RawRequest,
  res: RawResponse,
  route: string | undefined,
  scheme: string,
  parent: Context,
): RequestTrace {
  const method = req.method ?? 'GET';
  const isKnown = knownMethods.has(method);
  const name = isKnown ? method : 'HTTP';
  const attributes: Attributes = {}; // filled one by one: V8 takes much longer for computed names in a literal
  attributes[ATTR_HTTP_REQUEST_METHOD] = isKnown ? method : '_OTHER';
  attributes[ATTR_URL_SCHEME] = scheme;
  if (!isKnown) attributes[ATTR_HTTP_REQUEST_METHOD_ORIGINAL] = method;
  if (route !== undefined) attributes[ATTR_HTTP_ROUTE] = route;
  const path = pathOf(req.originalUrl ?? req.url ?? '/');
  if (path !== undefined) attributes[ATTR_URL_PATH] = path;
  const peer = req.socket?.remoteAddress;
  if (peer !== undefined) attributes[ATTR_NETWORK_PEER_ADDRESS] = peer;

  const spanName = route === undefined ? name : `${name} ${route}`;
  const spanParent = parent === LAYERED_ROOT ? ROOT_CONTEXT : parent; // samplers and processors may compare it
  const span = startSpan(tracer, spanName, SpanKind.SERVER, attributes, spanParent);
  const request = new RequestTrace(req, res, span, trace.setSpan(parent, span));
  request.measurement = serverRequestDuration.start(attributes, request.context);
  return request;
}

/** Runs a function in the request's context, or in the active context if that is derived from it: a hook may have added values. */
export function runInRequest<Result>(
  request: RequestTrace,
  fn: (...args: never[]) => Result,
  self: unknown,
  args: unknown[],
): Result {
  const active = context.active();
  if (active === request.context || active.getValue(requestKey) === request.token) return Reflect.apply(fn, self, args);
  return switchTo(request.context, fn, self, args);
}

/** Records an error that results in a 5xx response. An application may throw any value. */
export function recordError({ span }: RequestTrace, error: (Error & { statusCode?: number }) | undefined | null): void {
  if (!span?.isRecording() || (error?.statusCode ?? 500) < 500) return;
  span.recordException(typeof error === 'object' && error !== null ? error : String(error));
}

/** Whether the operating system has everything that was written to the response. An injected response has finished by then. */
export function isFlushed({ req, res, hasFinished }: RequestTrace): boolean {
  return hasFinished || (req.stream ?? res.socket)?.writableLength === 0;
}

/** Ends the span. Call this when the response is sent or its connection is closed. */
export function endRequest(request: RequestTrace): void {
  const { span } = request;
  if (!span?.isRecording() && !request.measurement) return;
  const { res } = request;
  const failure = failureOf(request);
  const endMs = isComplete(request) ? request.endMs : undefined;
  const isSent = isComplete(request) || (request.hasTimedOut ? request.hadHeadersSent : res.headersSent);
  const status = isUpgraded(request) ? 101 : isSent ? res.statusCode : undefined;
  request.measurement?.end(
    {
      [ATTR_NETWORK_PROTOCOL_VERSION]: versionOf(request.req),
      ...(status !== undefined && { [ATTR_HTTP_RESPONSE_STATUS_CODE]: status }),
      ...(failure.type !== undefined && { [ATTR_ERROR_TYPE]: failure.type }),
    },
    endMs,
  );
  request.measurement = undefined;
  if (!span?.isRecording()) return;
  if (status !== undefined) span.setAttribute(ATTR_HTTP_RESPONSE_STATUS_CODE, status);
  if (failure.exception) span.recordException(failure.exception);
  if (failure.type !== undefined) span.setAttribute(ATTR_ERROR_TYPE, failure.type);
  if (failure.isServerError) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end(endMs === undefined ? undefined : timeOf(span, endMs));
}

interface Failure {
  /** Value of `error.type`. */
  type?: string;
  /** False for failures that the client causes: they do not set the span's status. */
  isServerError: boolean;
  exception?: Error;
}

function failureOf(request: RequestTrace): Failure {
  const { req, res, source } = request;
  if (isComplete(request))
    return res.statusCode >= 500 ? { type: String(res.statusCode), isServerError: true } : { isServerError: false };
  if (isUpgraded(request)) {
    const error = req.socket?.errored;
    return error ? { type: typeOf(error), isServerError: false } : { isServerError: false };
  }
  if (request.hasTimedOut) return { type: 'timeout', isServerError: true };
  if (hasClientLeft(request)) return { type: 'aborted', isServerError: false };
  const exception = res.errored ?? source?.errored ?? req.socket?.errored ?? undefined;
  return { type: exception ? typeOf(exception) : '_OTHER', isServerError: true, ...(exception && { exception }) };
}

/** Formats the version as the conventions require: `1.1`, `2`. */
function versionOf({ httpVersion, httpVersionMajor }: RawRequest): string {
  return httpVersionMajor > 1 ? String(httpVersionMajor) : httpVersion;
}

/** Checks the stream's state as well, because HTTP/2 also emits `finish` for a cancelled stream. */
function isComplete({ req: { stream }, res, hasFinished }: RequestTrace): boolean {
  return hasFinished && (!stream || (res.writableEnded && !stream.aborted && stream.rstCode === 0));
}

function isUpgraded({ req, res }: RequestTrace): boolean {
  return req.upgrade === true && !res.headersSent;
}

/** Whether the client has closed or reset the connection, or cancelled the stream. A server that aborts a response does neither. */
function hasClientLeft({ req: { socket, stream } }: RequestTrace): boolean {
  if (stream) return stream.aborted && stream.rstCode === http2Cancel;
  return Boolean(socket?.readableEnded || resetCodes.has((socket?.errored as NodeJS.ErrnoException | null)?.code));
}

const resetCodes = new Set<string | undefined>(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ETIMEDOUT']);

const http2Cancel = 8;

function typeOf(error: Error & { code?: unknown }): string {
  return typeof error.code === 'string' ? error.code : error.name;
}

/** Returns the path without query. For a proxy request (`GET http://user:password@host/path`), also removes everything before the path. */
function pathOf(url: string): string | undefined {
  const path = url.startsWith('/') ? url : URL.canParse(url) ? new URL(url).pathname : undefined;
  if (path === undefined) return undefined;
  const query = path.indexOf('?');
  return path.slice(0, Math.min(query < 0 ? maxPathLength : query, maxPathLength));
}
