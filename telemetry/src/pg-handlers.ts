// What pg calls on a query when the server answers. Each is run in the context of the query's caller, and the last ends its span: before
// the application is told, so what it does next is no part of the query.
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

/** Ends the span before the callback of a failed query, where pg does not call its error handler first. */
export function failingFirst(call: Call, callback: AnyFunction): AnyFunction {
  return function (...args) {
    if (args[0]) failCall(call, args[0]);
    return callback.apply(this, args);
  };
}

/** For the prototype of pg's own Query. What it does for another message calls nothing of the application, which does not know the object. */
export const queryMethods: Record<string, Wrapper> = { handleReadyForQuery: atEnd, handleError: atError };
