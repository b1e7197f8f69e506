// Node.js emits the events of a request from its connection, outside of the request's context: the body's chunks, the end, the close
// of a client that has left. Here each is emitted within it. An own `emit` does that without a listener that the application could count.
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { diag } from '@opentelemetry/api';
import { endRequest, type RawRequest, type RequestTrace, runInRequest } from './request-span.ts';

const requestSymbol = Symbol('opentelemetry.request');
const emitSymbol = Symbol('opentelemetry.emit');

type Emit = (name: string | symbol, ...args: unknown[]) => boolean;
/** An emitter whose events belong to a request, and the `emit` that it had before if that was of its own. */
export type Bound<Emitter> = Emitter & { [requestSymbol]?: RequestTrace; [emitSymbol]?: Emit };

type BoundEmitter = Bound<EventEmitter> & { [requestSymbol]: RequestTrace };

/** The request that these events belong to, once `bindEvents` has run for it. */
export function requestOf(req: Bound<RawRequest>): RequestTrace | undefined {
  return req[requestSymbol];
}

/** Emits the events of the request and its response in the request's context, and ends its span with the response. */
export function bindEvents(request: RequestTrace): void {
  const { req, res } = request;
  bind(req, request, emitOfRequest);
  bind(res, request, emitOfResponse);
  if (req.upgrade) bind(req.socket, request, emitOfUpgradedSocket); // it carries no other request: its messages are the request's
}

/** Fastify runs its `onTimeout` hooks by an event of the connection. */
export function bindSocketTimeout(request: RequestTrace): void {
  const socket = request.req.socket as Bound<Socket> | null;
  if (!socket) return;
  if (socket.emit === emitOfSocket) socket[requestSymbol] = request;
  else bind(socket, request, emitOfSocket);
}

function bind(emitter: Bound<EventEmitter> | null | undefined, request: RequestTrace, emit: Emit): void {
  if (!emitter) return;
  Object.defineProperty(emitter, requestSymbol, { value: request, writable: true, configurable: true, enumerable: false });
  if (emitter.emit !== EventEmitter.prototype.emit) emitter[emitSymbol] = emitter.emit;
  Object.defineProperty(emitter, 'emit', { value: emit, writable: true, configurable: true, enumerable: false });
}

function emitOfRequest(this: BoundEmitter, name: string | symbol, ...args: unknown[]): boolean {
  const request = this[requestSymbol];
  if (name === 'timeout') onTimeout(request);
  return emitIn(request, this, name, args);
}

function emitOfResponse(this: BoundEmitter, name: string | symbol, ...args: unknown[]): boolean {
  const request = this[requestSymbol];
  if (name === 'timeout') onTimeout(request);
  else if (name === 'pipe') request.source = args[0] as RequestTrace['source'];
  else if (name === 'finish') request.hasFinished = true;
  try {
    return emitIn(request, this, name, args);
  } finally {
    if (name === 'finish' || name === 'close') end(request);
  }
}

function onTimeout(request: RequestTrace): void {
  request.hasTimedOut = true;
  request.hadHeadersSent = request.res.headersSent;
}

function emitOfUpgradedSocket(this: BoundEmitter, name: string | symbol, ...args: unknown[]): boolean {
  const request = this[requestSymbol];
  try {
    return emitIn(request, this, name, args);
  } finally {
    if (name === 'close') end(request);
  }
}

function emitOfSocket(this: BoundEmitter, name: string | symbol, ...args: unknown[]): boolean {
  if (name === 'timeout') return emitIn(this[requestSymbol], this, name, args);
  return Reflect.apply(this[emitSymbol] ?? EventEmitter.prototype.emit, this, [name, ...args]);
}

function emitIn(request: RequestTrace, emitter: BoundEmitter, name: string | symbol, args: unknown[]): boolean {
  const emit = emitter[emitSymbol] ?? EventEmitter.prototype.emit;
  if (emitter.listenerCount(name) === 0) return Reflect.apply(emit, emitter, [name, ...args]);
  return runInRequest(request, emit as (...args: never[]) => boolean, emitter, [name, ...args]);
}

/** Nothing that a span processor throws reaches the application. */
function end(request: RequestTrace): void {
  try {
    endRequest(request);
  } catch (error) {
    diag.error('the span of a request could not be ended', error);
  }
}
