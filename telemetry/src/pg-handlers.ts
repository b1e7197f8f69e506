// Wrappers for the methods that pg calls on a query when the server responds. Each runs in the context of the query's caller. The last one
// ends the span before the application is notified, so that work the application does next is not part of the query's duration.
import { type Call, callOf, endCall, failCall } from './pg-call.ts';
import { type AnyFunction, runIn, type Wrapper } from './run-in-context.ts';

export const inCall: Wrapper = (original) =>
  function (...args) {
    const call = callOf(this);
    return call ? runIn(call.context, original, this, args) : original.apply(this, args);
  };

export const atEnd: Wrapper = (original) =>
  function (...args) {
    const call = callOf(this);
    if (!call) return original.apply(this, args);
    const { _canceledDueToError: reason } = this; // a row could not be parsed
    if (reason) failCall(call, reason);
    else endCall(call);
    return runIn(call.context, original, this, args);
  };

export const atError: Wrapper = (original) =>
  function (...args) {
    const call = callOf(this);
    if (!call) return original.apply(this, args);
    failCall(call, this._canceledDueToError || args[0]);
    return runIn(call.context, original, this, args);
  };

/** Ends the span before the callback of a failed query, for the cases in which pg calls the callback before its error handler. */
export function failingFirst(call: Call, callback: AnyFunction): AnyFunction {
  return function (...args) {
    if (args[0]) failCall(call, args[0]);
    return callback.apply(this, args);
  };
}

/**
 * For the prototype of pg's own Query. Its handlers for other messages need no wrapper: the application has no reference to the query object,
 * so they call no application code.
 */
export const queryMethods: Record<string, Wrapper> = { handleReadyForQuery: atEnd, handleError: atError };
