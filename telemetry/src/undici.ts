// Hooks for the undici instrumentation, which also traces fetch. By itself it duplicates trace headers that a request already has,
// and records the query string of the URL.
import { type Attributes, context, type Span, trace } from '@opentelemetry/api';
import {
  ATTR_HTTP_REQUEST_METHOD_ORIGINAL,
  ATTR_SERVER_ADDRESS,
  ATTR_URL_FULL,
  ATTR_URL_QUERY,
} from '@opentelemetry/semantic-conventions';
import { knownMethods } from './known-methods.ts';
import { keepHeader, keepLines, type TraceHeaders, traceHeadersOf } from './outgoing-headers.ts';
import { addressOnly } from './privacy.ts';

interface Request {
  method: string;
  origin: string | URL;
  path: string;
  /** undici 6 and later: an array of alternating names and values. undici 5: a string. */
  headers: unknown;
}

/** For the instrumentation's `startSpanHook`: corrects attributes before a sampler sees them. */
export function correctAttributes({ method, origin, path }: Request): Attributes {
  const server = new URL(origin);
  return {
    ...(knownMethods.has(method) && { [ATTR_HTTP_REQUEST_METHOD_ORIGINAL]: undefined }),
    [ATTR_SERVER_ADDRESS]: server.hostname.replace(/^\[|\]$/g, ''), // not the host that a path with two leading slashes resolves to
    [ATTR_URL_FULL]: addressOnly(`${server.origin}${path}`),
    [ATTR_URL_QUERY]: undefined,
  };
}

/** For the instrumentation's `requestHook`, which is called just before the instrumentation adds its headers. */
export function removeForwardedHeaders(span: Span, request: Request): void {
  const added = traceHeadersOf(trace.setSpan(context.active(), span));
  if (added.size === 0) return;
  if (Array.isArray(request.headers)) request.headers.splice(0, request.headers.length, ...keepInList(request.headers, added));
  else if (typeof request.headers === 'string') request.headers = keepLines(request.headers.split('\r\n'), added).join('\r\n');
}

function keepInList(headers: unknown[], added: TraceHeaders): unknown[] {
  const kept: unknown[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const [name, given] = headers.slice(index, index + 2);
    const text = String(given);
    const value = keepHeader(String(name), text, added);
    if (value !== undefined) kept.push(name, value === text ? given : value);
  }
  return kept;
}
