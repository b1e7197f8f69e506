// Whoever waits for a client of a pool goes on in its own context, not in that of whoever gave the client back, and the pool's timers
// belong to no request.
import { type Context, context, ROOT_CONTEXT } from '@opentelemetry/api';
import { type Pool, poolMetrics } from './metrics-pool.ts';
import { type AnyFunction, bindingCallback, bindTo, inRootContext, runIn, type Wrapper } from './run-in-context.ts';

const waiterKey = Symbol('opentelemetry.waiter');
const onConnectedKey = Symbol('opentelemetry.connected');
/** A call of `pool.connect()` that waits. */
interface Waiting {
  [waiterKey]?: Context;
  /** For metrics. */
  [onConnectedKey]?: (() => void) | undefined;
  timedOut?: boolean;
}

/** Of the call of `pool.connect()` that runs, until it has created what waits. */
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

/** A client that is created for a waiting call, by whoever gave another one back. */
const newClient: Wrapper = (original) =>
  function (waiting: Waiting | undefined, ...rest) {
    if (!waiting) return original.call(this, waiting, ...rest);
    waiting[waiterKey] ??= context.active();
    if (connecting) waiting[onConnectedKey] ??= connecting;
    connecting = undefined;
    return runIn(waiting[waiterKey], original, this, [waiting, ...rest]);
  };

/** A call that is not of `pool.connect()` is the pool's own, of a timer. */
const acquireClient: Wrapper = (original) =>
  function (client: unknown, waiting: Waiting | undefined, ...rest) {
    if (!waiting?.timedOut) waiting?.[onConnectedKey]?.();
    return runIn(waiting?.[waiterKey] ?? ROOT_CONTEXT, original, this, [client, waiting, ...rest]);
  };

/** For the prototype of pg-pool, which that of `pg.Pool` inherits from, as far as it has them. */
export const poolMethods: Record<string, Wrapper> = {
  connect,
  newClient,
  _acquireClient: acquireClient,
  _remove: inRootContext,
  query: bindingCallback,
  end: bindingCallback,
};
