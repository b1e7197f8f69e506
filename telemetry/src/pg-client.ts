// Traces `client.query()`. A connection does not inherit the trace of the request that opened it.
import { type Context, context, diag, ROOT_CONTEXT, type Tracer } from '@opentelemetry/api';
import { hide } from './hide.ts';
import { type attachCall, attachToConstructed, type Call, callOf, failCall } from './pg-call.ts';
import { failingFirst } from './pg-handlers.ts';
import { type PgClient, type PgQuery, startQuery } from './pg-span.ts';
import { type AnyFunction, bindingCallback, inRootContext, runIn, type Wrapper } from './run-in-context.ts';

/** The running `client.query()` call, until it has constructed its query. */
let constructing: { call: Call; client: PgClient; config: unknown; tracer: Tracer } | undefined;

/**
 * @param tracer called for each query, because a tracer provider may be set later
 * @param attach attaches the call to a query object that the application has constructed
 */
export function tracedQuery(tracer: () => Tracer, attach: typeof attachCall): Wrapper {
  return (original) =>
    function query(...args) {
      const [config] = args;
      if (config === null || config === undefined) return original.apply(this, args); // pg throws a TypeError
      const call: Call = { context: context.active(), span: undefined, measurement: undefined };
      const outer = constructing;
      constructing = undefined;
      try {
        if (typeof config.submit === 'function') traceSubmittable(config, call, this, tracer(), attach);
        else constructing = { call, client: this, config, tracer: tracer() };
        return original.apply(this, args);
      } catch (error) {
        failCall(call, error);
        throw error;
      } finally {
        constructing = outer;
      }
    };
}

function traceSubmittable(query: PgQuery, call: Call, client: PgClient, tracer: Tracer, attach: typeof attachCall): void {
  try {
    attach(query, call);
    startQuery(tracer, client, query, call);
  } catch (error) {
    diag.error('a query could not be traced', error);
  }
}

/**
 * Intercepts the query that `client.query()` constructs from a text or a config object. pg assigns `callback` after the text and the name,
 * so a setter on the prototype sees a query whose text is set. The setter defines the usual plain property on the query.
 *
 * @returns restores the prototype
 */
export function watchConstruction(prototype: object): () => void {
  const original = Object.getOwnPropertyDescriptor(prototype, 'callback');
  Object.defineProperty(prototype, 'callback', {
    configurable: true,
    enumerable: false,
    get: () => original?.value,
    set(this: PgQuery, callback: unknown) {
      if (this !== prototype && constructing) traceConstructed(this, callback);
      else Object.defineProperty(this, 'callback', { value: callback, writable: true, configurable: true, enumerable: true });
    },
  });
  return () => {
    if (original) Object.defineProperty(prototype, 'callback', original);
    else delete (prototype as { callback?: unknown }).callback;
  };
}

function traceConstructed(query: PgQuery, callback: unknown): void {
  const { call, client, config, tracer } = constructing as NonNullable<typeof constructing>;
  constructing = undefined;
  let stored = callback;
  try {
    startQuery(tracer, client, query, call);
    const hasTimeout = (config as { query_timeout?: unknown }).query_timeout || client.connectionParameters?.query_timeout;
    // When a query times out, pg calls its callback before its error handler.
    if ((call.span || call.measurement) && hasTimeout && typeof callback === 'function')
      stored = failingFirst(call, callback as AnyFunction);
  } catch (error) {
    diag.error('a query could not be traced', error);
  }
  attachToConstructed(query, call, stored);
}

const connectingKey = Symbol('opentelemetry.connecting');
interface Connecting extends PgClient {
  /** Context of the `connect()` caller, until the connection is established. */
  [connectingKey]?: Context | undefined;
  activeQuery?: object | null;
  _activeQuery?: object | null;
}

/** Connects in the root context, because a socket and its timers retain the context they were created in. */
const outsideTraces: Wrapper = (original) =>
  function (this: Connecting, callback: unknown, ...rest) {
    const caller = context.active();
    hide(this, connectingKey, caller);
    if (typeof callback !== 'function') return runIn(ROOT_CONTEXT, original, this, [callback, ...rest]);
    const client = this;
    const bound = function (this: unknown, ...results: unknown[]) {
      client[connectingKey] = undefined;
      return runIn(caller, callback as AnyFunction, this, results);
    };
    return runIn(ROOT_CONTEXT, original, this, [bound, ...rest]);
  };

/** Password functions and `connect` listeners run in the context of the `connect()` caller. */
const whileConnecting: Wrapper = (original) =>
  function (this: Connecting, ...args) {
    const caller = this[connectingKey];
    return caller ? runIn(caller, original, this, args) : original.apply(this, args);
  };

/** Notices arrive while a query is running, so they are emitted in its context. */
const inContextOfQuery: Wrapper = (original) =>
  function (this: Connecting, ...args) {
    // In newer versions of pg, reading `activeQuery` triggers a deprecation warning.
    const query = Object.hasOwn(this, 'activeQuery') ? this.activeQuery : this._activeQuery;
    return runIn((query && callOf(query)?.context) ?? this[connectingKey] ?? ROOT_CONTEXT, original, this, args);
  };

/** For the prototype of pg's Client. Methods that it does not have are skipped. */
export const clientMethods: Record<string, Wrapper> = {
  _connect: outsideTraces,
  _checkPgPass: whileConnecting, // pg 8.16 and older
  _getPassword: whileConnecting,
  _handleReadyForQuery: whileConnecting,
  _handleNotification: inRootContext,
  _handleErrorEvent: inRootContext,
  _handleNotice: inContextOfQuery,
  end: bindingCallback,
};
