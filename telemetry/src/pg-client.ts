// Traces `client.query()`, and keeps a connection out of the trace of the request that opened it.
import { type Context, context, diag, ROOT_CONTEXT, type Tracer } from '@opentelemetry/api';
import { attachCall, type Call, callOf, failCall } from './pg-call.ts';
import { failingFirst } from './pg-handlers.ts';
import { type PgClient, type PgQuery, startQuery } from './pg-span.ts';
import { type AnyFunction, bindingCallback, inRootContext, runIn, type Wrapper } from './run-in-context.ts';

/** The call of `client.query()` that runs, until it has constructed its query. */
let constructing: { call: Call; client: PgClient; config: unknown; tracer: Tracer } | undefined;

/**
 * @param tracer read at each call: a provider may be set later
 * @param attach stores the call with a query that the application has constructed
 */
export function tracedQuery(tracer: () => Tracer, attach: typeof attachCall): Wrapper {
  return (original) =>
    function query(...args) {
      const [config] = args;
      if (config === null || config === undefined) return original.apply(this, args); // which throws
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
 * Finds the query that `client.query()` constructs of a text or a config. Each is given its `callback` once its text and name are there,
 * which an accessor of the prototype sees; the query itself has a plain property, as it would have.
 */
export function watchConstruction(prototype: object): () => void {
  const original = Object.getOwnPropertyDescriptor(prototype, 'callback');
  Object.defineProperty(prototype, 'callback', {
    configurable: true,
    enumerable: false,
    get: () => original?.value,
    set(this: PgQuery, callback: unknown) {
      const value = this === prototype || !constructing ? callback : traceConstructed(this, callback);
      Object.defineProperty(this, 'callback', { value, writable: true, configurable: true, enumerable: true });
    },
  });
  return () => {
    if (original) Object.defineProperty(prototype, 'callback', original);
    else delete (prototype as { callback?: unknown }).callback;
  };
}

/** @returns the callback that the query is given */
function traceConstructed(query: PgQuery, callback: unknown): unknown {
  const { call, client, config, tracer } = constructing as NonNullable<typeof constructing>;
  constructing = undefined;
  try {
    attachCall(query, call);
    startQuery(tracer, client, query, call);
    const hasTimeout = (config as { query_timeout?: unknown }).query_timeout || client.connectionParameters?.query_timeout;
    // When it times out, pg calls its callback before its error handler.
    if ((call.span || call.measurement) && hasTimeout && typeof callback === 'function')
      return failingFirst(call, callback as AnyFunction);
  } catch (error) {
    diag.error('a query could not be traced', error);
  }
  return callback;
}

const connectingKey = Symbol('opentelemetry.connecting');
interface Connecting extends PgClient {
  /** The context of the caller of `connect()`, until the connection is there. */
  [connectingKey]?: Context | undefined;
  activeQuery?: object | null;
  _activeQuery?: object | null;
}

/** A socket and its timers keep the context they were created in. */
const outsideTraces: Wrapper = (original) =>
  function (this: Connecting, callback: unknown, ...rest) {
    const caller = context.active();
    Object.defineProperty(this, connectingKey, { value: caller, writable: true, configurable: true, enumerable: false });
    if (typeof callback !== 'function') return runIn(ROOT_CONTEXT, original, this, [callback, ...rest]);
    const client = this;
    const bound = function (this: unknown, ...results: unknown[]) {
      client[connectingKey] = undefined;
      return runIn(caller, callback as AnyFunction, this, results);
    };
    return runIn(ROOT_CONTEXT, original, this, [bound, ...rest]);
  };

/** A password function, and listeners of `connect`, belong to the caller of `connect()`. */
const whileConnecting: Wrapper = (original) =>
  function (this: Connecting, ...args) {
    const caller = this[connectingKey];
    return caller ? runIn(caller, original, this, args) : original.apply(this, args);
  };

/** A notice is sent while a query runs. */
const inContextOfQuery: Wrapper = (original) =>
  function (this: Connecting, ...args) {
    // In newer versions `activeQuery` is an accessor that warns.
    const query = Object.hasOwn(this, 'activeQuery') ? this.activeQuery : this._activeQuery;
    return runIn((query && callOf(query)?.context) ?? this[connectingKey] ?? ROOT_CONTEXT, original, this, args);
  };

/** For the prototype of pg's Client, as far as it has them. */
export const clientMethods: Record<string, Wrapper> = {
  _connect: outsideTraces,
  _checkPgPass: whileConnecting, // up to 8.16
  _getPassword: whileConnecting,
  _handleReadyForQuery: whileConnecting,
  _handleNotification: inRootContext,
  _handleErrorEvent: inRootContext,
  _handleNotice: inContextOfQuery,
  end: bindingCallback,
};
