// What pg calls on a query when the server answers. Each is run in the context of the query's caller, and the last ends its span: before
// the application is told, so what it does next is no part of the query.
import { context, trace } from '@opentelemetry/api';
import { attachCall, type Call, callOf, endCall, failCall } from './pg-call.ts';
import { type AnyFunction, bindTo, runIn } from './run-in-context.ts';

/** @returns a method that is called in place of the original */
type Wrapper = (original: AnyFunction) => AnyFunction;

const inCall: Wrapper = (original) =>
  function (...args) {
    const call = callOf(this);
    return call ? runIn(call.context, original, this, args) : original.apply(this, args);
  };

const atEnd: Wrapper = (original) =>
  function (...args) {
    const call = callOf(this);
    if (!call) return original.apply(this, args);
    const { _canceledDueToError: reason } = this; // a row could not be parsed
    if (reason) failCall(call, reason);
    else endCall(call);
    return runIn(call.context, original, this, args);
  };

const atError: Wrapper = (original) =>
  function (...args) {
    const call = callOf(this);
    if (!call) return original.apply(this, args);
    failCall(call, this._canceledDueToError || args[0]);
    return runIn(call.context, original, this, args);
  };

/** For methods that a socket's event calls as well as the application. */
const inCallOutsideTraces: Wrapper = (original) =>
  function (...args) {
    const call = callOf(this);
    return call && !isTraced() ? runIn(call.context, original, this, args) : original.apply(this, args);
  };

/** The callback is for whoever passes it. */
const boundCallback: Wrapper = (original) =>
  function (...args) {
    const call = callOf(this);
    const callback = args.at(-1);
    if (call && typeof callback === 'function')
      args[args.length - 1] = bindTo(isTraced() ? context.active() : call.context, callback);
    return original.apply(this, args);
  };

function isTraced(): boolean {
  return trace.getSpan(context.active()) !== undefined;
}

/** For the prototype of pg's own Query. Its other methods call nothing of the application. */
export const queryMethods: Record<string, Wrapper> = {
  handleReadyForQuery: atEnd,
  handleError: atError,
  handleDataRow(original) {
    const inItsCall = inCall(original);
    return function (...args) {
      return (this.listenerCount('row') > 0 ? inItsCall : original).apply(this, args);
    };
  },
};

/** A query of `pg.native`, whose results come from libpq: it calls nothing of its own but `emit` and its callback. */
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
  // It adds the server's code to the error before it passes it on.
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
  if (typeof callback === 'function' && call.span)
    query.callback = bindTo(call.context, failingFirst(call, callback as AnyFunction));
}

/** Ends the span before the callback of a failed query, where pg does not call its error handler first. */
export function failingFirst(call: Call, callback: AnyFunction): AnyFunction {
  return function (...args) {
    if (args[0]) failCall(call, args[0]);
    return callback.apply(this, args);
  };
}

/** For anything else that has `submit`: a cursor, a stream, a class of the application. */
const submittableMethods: Record<string, Wrapper> = {
  submit: inCall,
  handleRowDescription: inCall,
  handleDataRow: inCall,
  handlePortalSuspended: inCall,
  handleEmptyQuery: inCall,
  handleCommandComplete: inCall,
  handleCopyInResponse: inCall,
  handleCopyData: inCall,
  handleReadyForQuery: atEnd,
  handleError: atError,
  emit: inCallOutsideTraces,
  // A cursor's
  read: boundCallback,
  close: boundCallback,
  // A stream's
  _write: boundCallback,
  _writev: boundCallback,
  _final: boundCallback,
  _destroy: boundCallback,
};

/** Methods that queries share by their prototype share what replaces them. */
const replacements = new Map(Object.keys(submittableMethods).map((name) => [name, new WeakMap<AnyFunction, AnyFunction>()]));

/** Only this object is changed, by properties that are not enumerable unless they were. */
export function attachToSubmittable(query: object, call: Call): void {
  const isKnown = callOf(query) !== undefined;
  attachCall(query, call);
  if (isKnown) return;
  for (const [name, wrap] of Object.entries(submittableMethods)) replaceMethod(query as Record<string, unknown>, name, wrap);
}

function replaceMethod(query: Record<string, unknown>, name: string, wrap: Wrapper): void {
  const original = query[name] as AnyFunction;
  const own = Object.getOwnPropertyDescriptor(query, name);
  if (typeof original !== 'function' || own?.configurable === false) return;
  const made = replacements.get(name) as WeakMap<AnyFunction, AnyFunction>;
  const value = made.get(original) ?? wrap(original);
  made.set(original, value);
  Object.defineProperty(query, name, { value, writable: true, configurable: true, enumerable: own?.enumerable ?? false });
}
