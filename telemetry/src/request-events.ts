// Node.js emits a request's events, such as body chunks, `end`, and `close` when the client disconnects, from its connection, outside of
// the request's context. This module emits them within that context. It overrides `emit` on the object, so that it adds no listeners that
// the application could see.
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { diag } from '@opentelemetry/api';
import { endRequest, isFlushed, type RawRequest, type RawResponse, type RequestTrace, runInRequest } from './request-span.ts';

type EmitArguments = [name: string | symbol, ...args: unknown[]];
type Emit = (this: EventEmitter, ...args: EmitArguments) => boolean;
/** Emits an event of a request. @param emit the emitter's previous `emit` */
type EmitOf = (request: RequestTrace, emitter: EventEmitter, emit: Emit, args: EmitArguments) => boolean;

const requestKey = Symbol('opentelemetry.request');
/**
 * Each method that is overridden has the request as a property. It is not one of the emitter, which an application may have wrapped in a
 * `Proxy`, and which would need another call of `Object.defineProperty()`: these take most of the time that is spent here.
 */
type Overriding = { [requestKey]?: RequestTrace };

/** @returns the request that either is bound to, if any: an application may route a response again with another request object */
export function requestOf(req: RawRequest, res: RawResponse): RequestTrace | undefined {
  return requestBy(req.emit) ?? requestBy(res.emit) ?? requestBy(res.end); // an application may have overridden some of them
}

function requestBy(method: object | undefined): RequestTrace | undefined {
  return (method as Overriding | undefined)?.[requestKey];
}

/** Emits the events of the request and its response in the request's context, and ends its span with the response. */
export function bindEvents(request: RequestTrace): void {
  const { req, res } = request;
  bind(req, request, emitOfRequest);
  bind(res, request, emitOfResponse);
  bindEnd(request);
  if (req.upgrade) bind(req.socket, request, emitOfUpgradedSocket); // an upgraded connection carries no other request
}

/** Binds the connection's `timeout` event, which triggers Fastify's `onTimeout` hooks. */
export function bindSocketTimeout(request: RequestTrace): void {
  const { socket } = request.req;
  const method = socket?.emit as Overriding | undefined;
  if (requestBy(method)) (method as Overriding)[requestKey] = request;
  else bind(socket, request, emitOfSocket);
}

/** Descriptor of a property that no one sees who enumerates the emitter. One object, because it is needed three times for each request. */
const hidden = { value: undefined as unknown, writable: true, configurable: true, enumerable: false };

function override(emitter: EventEmitter, name: 'emit' | 'end', method: Overriding, request: RequestTrace): void {
  method[requestKey] = request;
  hidden.value = method;
  Object.defineProperty(emitter, name, hidden);
  hidden.value = undefined;
}

function bind(emitter: EventEmitter | null | undefined, request: RequestTrace, emitOf: EmitOf): void {
  if (!emitter) return;
  const previous = emitter.emit as Emit & Overriding;
  if (previous[requestKey]) previous[requestKey] = request; // that of an earlier request of the connection
  const isOwn = previous !== EventEmitter.prototype.emit;
  const emit: Emit & Overriding = function (...args) {
    return emitOf(emit[requestKey] as RequestTrace, this, isOwn ? previous : EventEmitter.prototype.emit, args);
  };
  override(emitter, 'emit', emit, request);
}

/** Overrides `end`, because the client may have read the response before any event of it is emitted. */
function bindEnd(request: RequestTrace): void {
  const { res } = request;
  const previous = res.end;
  const end: Overriding & ((...args: unknown[]) => ServerResponse) = function (this: ServerResponse, ...args) {
    if (!this.writableEnded) request.endMs = performance.now(); // `end` hands over to the operating system: after it the client may have read all
    const result = Reflect.apply(previous, this, args);
    if (!isFlushed(request)) request.endMs = undefined;
    return result;
  };
  override(res, 'end', end, request);
}

const emitOfRequest: EmitOf = (request, emitter, emit, args) => {
  if (args[0] === 'timeout') onTimeout(request);
  return emitIn(request, emitter, emit, args);
};

const emitOfResponse: EmitOf = (request, emitter, emit, args) => {
  const name = args[0]; // destructuring would run the array's iterator
  if (name === 'timeout') onTimeout(request);
  else if (name === 'pipe') request.source = args[1] as RequestTrace['source'];
  else if (name === 'finish') {
    request.hasFinished = true;
    request.endMs ??= performance.now(); // before the listeners run: hooks and log lines are no part of the request's duration
  }
  try {
    return emitIn(request, emitter, emit, args);
  } finally {
    if (name === 'finish' || name === 'close') end(request);
  }
};

function onTimeout(request: RequestTrace): void {
  request.hasTimedOut = true;
  request.hadHeadersSent = request.res.headersSent;
}

const emitOfUpgradedSocket: EmitOf = (request, emitter, emit, args) => {
  try {
    return emitIn(request, emitter, emit, args);
  } finally {
    if (args[0] === 'close') end(request);
  }
};

const emitOfSocket: EmitOf = (request, emitter, emit, args) => {
  if (args[0] === 'timeout') return emitIn(request, emitter, emit, args);
  return Reflect.apply(emit, emitter, args);
};

/** Passes the array of arguments on as it is: a copy of it would take longer than the rest. */
function emitIn(request: RequestTrace, emitter: EventEmitter, emit: Emit, args: EmitArguments): boolean {
  if (emitter.listenerCount(args[0]) === 0) return Reflect.apply(emit, emitter, args);
  return runInRequest(request, emit as (...args: never[]) => boolean, emitter, args);
}

/** Errors of span processors must not reach the application. */
function end(request: RequestTrace): void {
  try {
    endRequest(request);
  } catch (error) {
    diag.error('the span of a request could not be ended', error);
  }
}
