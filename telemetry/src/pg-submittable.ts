// Query objects with a `submit` method that the application passes to `client.query()`: a cursor, a stream, or a custom class. pg calls
// their handlers. They may also call application code from socket events.
import { context, trace } from '@opentelemetry/api';
import { copySignature } from './hide.ts';
import { attachCall, type Call, callOf } from './pg-call.ts';
import { atEnd, atError, inCall } from './pg-handlers.ts';
import { type AnyFunction, bindTo, runIn, type Wrapper } from './run-in-context.ts';

/** For methods that both the application and socket events call. */
const inCallOutsideTraces: Wrapper = (original) =>
  function (...args) {
    const call = callOf(this);
    return call && !isTraced() ? runIn(call.context, original, this, args) : original.apply(this, args);
  };

/** Binds the callback to the context of the caller that passes it. */
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

const methods: Record<string, Wrapper> = {
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
  // Methods of a cursor
  read: boundCallback,
  close: boundCallback,
};

/** Wrappers by original method: queries that share a method through their prototype also share its wrapper. */
const replacements = new Map(Object.keys(methods).map((name) => [name, new WeakMap<AnyFunction, AnyFunction>()]));

/** Changes this object only, not its prototype. Properties that are added to it are not enumerable. */
export function attachToSubmittable(query: object, call: Call): void {
  const isKnown = callOf(query) !== undefined;
  attachCall(query, call);
  if (isKnown) return;
  for (const [name, wrap] of Object.entries(methods)) replaceMethod(query as Record<string, unknown>, name, wrap);
}

function replaceMethod(query: Record<string, unknown>, name: string, wrap: Wrapper): void {
  const original = query[name] as AnyFunction;
  const own = Object.getOwnPropertyDescriptor(query, name);
  if (typeof original !== 'function' || own?.configurable === false) return;
  const made = replacements.get(name) as WeakMap<AnyFunction, AnyFunction>;
  const value = made.get(original) ?? copySignature(original, wrap(original));
  made.set(original, value);
  Object.defineProperty(query, name, { value, writable: true, configurable: true, enumerable: own?.enumerable ?? false });
}
