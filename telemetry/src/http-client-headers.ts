// Adds the trace headers to an outgoing node:http request. They are added as late as possible, because the application may still set its own.
import { type ClientRequest, validateHeaderValue } from 'node:http';
import { diag } from '@opentelemetry/api';
import { hide } from './hide.ts';
import { isTraceField, keepHeader, keepLines, type TraceHeaders } from './outgoing-headers.ts';

/** Internal fields of Node.js. Packages such as agent-base also rely on them. */
interface Internals {
  /** The request line and the headers, once they are serialized. */
  _header?: string | null;
  /** Called once, to serialize the headers into `_header`. */
  _implicitHeader(): void;
  /** Output that waits for a socket. */
  outputData?: { data: unknown }[];
  outputSize?: number;
}

type Request = ClientRequest & Internals;

/** Leaves the request unchanged if there are no headers to add. */
export function replaceTraceHeaders(clientRequest: ClientRequest, added: TraceHeaders): void {
  const request = clientRequest as Request;
  if (added.size === 0) return;
  if (request.headersSent)
    guard(() => rewriteText(request, added)); // headers passed as an array, or with `Expect`, are serialized on creation
  else setBeforeSending(request, added);
}

function setBeforeSending(request: Request, added: TraceHeaders): void {
  const original = request._implicitHeader;
  let isDone = false;
  hide(request, '_implicitHeader', function _implicitHeader(this: Request) {
    if (!isDone) guard(() => setHeaders(this, added));
    isDone = true;
    return original.call(this);
  });
}

function setHeaders(request: Request, added: TraceHeaders): void {
  const values = new Map(added);
  for (const name of request.getHeaderNames()) {
    if (name !== 'baggage' && !isTraceField(name)) continue;
    const given = [request.getHeader(name) ?? []].flat().join();
    const kept = keepHeader(name, given, added);
    if (kept === given) continue;
    const value = values.get(name);
    if (kept === undefined) request.removeHeader(name);
    else if (value !== undefined) values.set(name, `${value},${kept}`);
  }
  for (const [name, value] of values) request.setHeader(name, value);
}

function rewriteText(request: Request, added: TraceHeaders): void {
  const text = request._header;
  if (typeof text !== 'string' || !text.endsWith('\r\n\r\n')) return;
  for (const [name, value] of added) validateHeaderValue(name, value);
  const [requestLine = '', ...lines] = text.slice(0, -4).split('\r\n');
  const changed = [
    requestLine,
    ...keepLines(lines, added),
    ...[...added].map(([name, value]) => `${name}: ${value}`),
    '',
    '',
  ].join('\r\n');
  request._header = changed;
  const [pending] = request.outputData ?? [];
  if (pending?.data !== text) return;
  pending.data = changed;
  if (request.outputSize !== undefined) request.outputSize += changed.length - text.length;
}

function guard(change: () => void): void {
  try {
    change();
  } catch (error) {
    diag.error('cannot add the headers of the trace', error);
  }
}
