// Node.js emits a request's events, such as body chunks, `end`, and `close` when the client disconnects, from its connection, outside of
// the request's context. This module emits them within that context. It overrides `emit` on the object, so that it adds no listeners that
// the application could see.
import { EventEmitter } from 'node:events';
import { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { diag } from '@opentelemetry/api';
import { copySignature } from './hide.ts';
import { endRequest, isFlushed, type RawRequest, type RawResponse, type RequestTrace, runInRequest } from './request-span.ts';

const requestSymbol = Symbol('opentelemetry.request');
const emitSymbol = Symbol('opentelemetry.emit');

type EmitArguments = [name: string | symbol, ...args: unknown[]];
type Emit = (...args: EmitArguments) => boolean;
/** An emitter whose events belong to a request. It stores the previous `emit` if that was not EventEmitter's. */
type Bound<Emitter> = Emitter & { [requestSymbol]?: RequestTrace; [emitSymbol]?: Emit };

type BoundEmitter = Bound<EventEmitter> & { [requestSymbol]: RequestTrace };
type BoundResponse = BoundEmitter & ServerResponse;

/** @returns the request that either is bound to, if any: an application may route a response again with another request object */
export function requestOf(req: Bound<RawRequest>, res: Bound<RawResponse>): RequestTrace | undefined {
  return req[requestSymbol] ?? res[requestSymbol];
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
  const socket = request.req.socket as Bound<Socket> | null;
  if (!socket) return;
  if (socket.emit === emitOfSocket) socket[requestSymbol] = request;
  else bind(socket, request, emitOfSocket);
}

/** Descriptor of a property that no one sees who enumerates the emitter. One object, because it is needed four times for each request. */
const hidden = { value: undefined as unknown, writable: true, configurable: true, enumerable: false };

function bind(emitter: Bound<EventEmitter> | null | undefined, request: RequestTrace, emit: Emit): void {
  if (!emitter) return;
  hidden.value = request;
  Object.defineProperty(emitter, requestSymbol, hidden);
  if (emitter.emit !== EventEmitter.prototype.emit) emitter[emitSymbol] = emitter.emit;
  hidden.value = emit;
  Object.defineProperty(emitter, 'emit', hidden);
  hidden.value = undefined;
}

/** Overrides `end`, because the client may have read the response before any event of it is emitted. */
function bindEnd(request: RequestTrace): void {
  const { res } = request;
  request.originalEnd = res.end;
  hidden.value = endOfResponse;
  Object.defineProperty(res, 'end', hidden);
  hidden.value = undefined;
}

function endOfResponse(this: BoundResponse, ...args: unknown[]): ServerResponse {
  const request = this[requestSymbol];
  if (!this.writableEnded) request.endMs = performance.now(); // `end` hands over to the operating system: after it the client may have read all
  const result = Reflect.apply(request.originalEnd as RawResponse['end'], this, args);
  if (!isFlushed(request)) request.endMs = undefined;
  return result;
}

function emitOfRequest(this: BoundEmitter, ...args: EmitArguments): boolean {
  const request = this[requestSymbol];
  if (args[0] === 'timeout') onTimeout(request);
  return emitIn(request, this, args);
}

function emitOfResponse(this: BoundEmitter, ...args: EmitArguments): boolean {
  const name = args[0]; // destructuring would run the array's iterator
  const request = this[requestSymbol];
  if (name === 'timeout') onTimeout(request);
  else if (name === 'pipe') request.source = args[1] as RequestTrace['source'];
  else if (name === 'finish') {
    request.hasFinished = true;
    request.endMs ??= performance.now(); // before the listeners run: hooks and log lines are no part of the request's duration
  }
  try {
    return emitIn(request, this, args);
  } finally {
    if (name === 'finish' || name === 'close') end(request);
  }
}

function onTimeout(request: RequestTrace): void {
  request.hasTimedOut = true;
  request.hadHeadersSent = request.res.headersSent;
}

function emitOfUpgradedSocket(this: BoundEmitter, ...args: EmitArguments): boolean {
  const request = this[requestSymbol];
  try {
    return emitIn(request, this, args);
  } finally {
    if (args[0] === 'close') end(request);
  }
}

function emitOfSocket(this: BoundEmitter, ...args: EmitArguments): boolean {
  if (args[0] === 'timeout') return emitIn(this[requestSymbol], this, args);
  return Reflect.apply(this[emitSymbol] ?? EventEmitter.prototype.emit, this, args);
}

/** Passes the array of arguments on as it is: a copy of it would take longer than the rest. */
function emitIn(request: RequestTrace, emitter: BoundEmitter, args: EmitArguments): boolean {
  const emit = emitter[emitSymbol] ?? EventEmitter.prototype.emit;
  if (emitter.listenerCount(args[0]) === 0) return Reflect.apply(emit, emitter, args);
  return runInRequest(request, emit as (...args: never[]) => boolean, emitter, args);
}

for (const emit of [emitOfRequest, emitOfResponse, emitOfUpgradedSocket, emitOfSocket])
  copySignature(EventEmitter.prototype.emit, emit);
copySignature(ServerResponse.prototype.end, endOfResponse);

/** Errors of span processors must not reach the application. */
function end(request: RequestTrace): void {
  try {
    endRequest(request);
  } catch (error) {
    diag.error('the span of a request could not be ended', error);
  }
}
