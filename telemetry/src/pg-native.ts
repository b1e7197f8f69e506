// A query of `pg.native`: its results come from libpq, and it calls application code only through `emit` and its callback.
import { type Call, callOf, endCall, failCall } from './pg-call.ts';
import { failingFirst } from './pg-handlers.ts';
import { type AnyFunction, bindTo, runIn, type Wrapper } from './run-in-context.ts';

/** For the prototype of the native client's Query. */
export const nativeQueryMethods: Record<string, Wrapper> = {
  submit: (original) =>
    function (...args) {
      const call = callOf(this);
      if (call) bindOwnCallback(this, call);
      return original.apply(this, args);
    },
  emit: (original) =>
    function (...args) {
      const call = callOf(this);
      if (!call) return original.apply(this, args);
      if (args[0] === 'end') endCall(call);
      else if (args[0] === 'error') failCall(call, args[1]);
      return runIn(call.context, original, this, args);
    },
  // The original adds the server's error code before it passes the error on, so the call fails afterwards.
  handleError: (original) =>
    function (...args) {
      const call = callOf(this);
      if (!call) return original.apply(this, args);
      bindOwnCallback(this, call);
      const result = runIn(call.context, original, this, args);
      failCall(call, args[0]);
      return result;
    },
};

function bindOwnCallback(query: { callback?: unknown }, call: Call): void {
  const { callback } = query;
  if (typeof callback === 'function') query.callback = bindTo(call.context, failingFirst(call, callback as AnyFunction));
}
