// A caller that waits for a pool client resumes in its own context, not in the context of the caller that released the client.
// The pool's timers run outside of any request.
import { type Context, context, ROOT_CONTEXT } from '@opentelemetry/api';
import { type Pool, poolMetrics } from './metrics-pool.ts';
import { type AnyFunction, bindingCallback, bindTo, inRootContext, runIn, type Wrapper } from './run-in-context.ts';

const waiterKey = Symbol('opentelemetry.waiter');
const onConnectedKey = Symbol('opentelemetry.connected');

/** A pending `pool.connect()` call. */
interface Waiting {
  [waiterKey]?: Context;
  /** Ends the wait time measurement. */
  [onConnectedKey]?: (() => void) | undefined;
  timedOut?: boolean;
}

/** `onConnected` of the running `pool.connect()` call, until pg-pool has created its pending item. */
let connecting: (() => void) | undefined;

const connect: Wrapper = (original) =>
  function (this: Pool & { _pendingQueue?: Waiting[] }, ...args) {
    const caller = context.active();
    const [callback] = args;
    if (typeof callback === 'function') args[0] = bindTo(caller, callback as AnyFunction);
    const last = this._pendingQueue?.at(-1);
    const onConnected = poolMetrics.connect(this);
    connecting = onConnected;
    let result: unknown;
    try {
      result = original.apply(this, args);
    } finally {
      connecting = undefined;
    }
    const waiting = this._pendingQueue?.at(-1);
    if (waiting && waiting !== last) {
      waiting[waiterKey] = caller;
      if (onConnected) waiting[onConnectedKey] = onConnected;
    }
    return result;
  };

/** Creates a client for a pending call. It may be called by a caller that releases another client. */
const newClient: Wrapper = (original) =>
  function (waiting: Waiting | undefined, ...rest) {
    if (!waiting) return original.call(this, waiting, ...rest);
    waiting[waiterKey] ??= context.active();
    if (connecting) waiting[onConnectedKey] ??= connecting;
    connecting = undefined;
    return runIn(waiting[waiterKey], original, this, [waiting, ...rest]);
  };

/** A call without a stored context does not come from `pool.connect()`: a timer of the pool makes it. */
const acquireClient: Wrapper = (original) =>
  function (client: unknown, waiting: Waiting | undefined, ...rest) {
    if (!waiting?.timedOut) waiting?.[onConnectedKey]?.();
    return runIn(waiting?.[waiterKey] ?? ROOT_CONTEXT, original, this, [client, waiting, ...rest]);
  };

/** For the prototype of pg-pool, which the prototype of `pg.Pool` inherits from. Methods that it does not have are skipped. */
export const poolMethods: Record<string, Wrapper> = {
  connect,
  newClient,
  _acquireClient: acquireClient,
  _remove: inRootContext,
  query: bindingCallback,
  end: bindingCallback,
};
