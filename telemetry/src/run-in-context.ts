// Calls and binds functions in an OpenTelemetry context. Only OpenTelemetry's own store changes; an AsyncLocalStorage of the application
// is not affected.
import { type Context, context, ROOT_CONTEXT } from '@opentelemetry/api';

// biome-ignore lint/suspicious/noExplicitAny: any function of a patched package
export type AnyFunction = (this: any, ...args: any[]) => any;

/** @returns the replacement of a patched method */
export type Wrapper = (original: AnyFunction) => AnyFunction;

/** Costs next to nothing if the context is already active. */
export function runIn<Fn extends AnyFunction>(target: Context, fn: Fn, self: unknown, args: unknown[]): ReturnType<Fn> {
  return context.active() === target ? Reflect.apply(fn, self, args) : switchTo(target, fn, self, args);
}

/** For a context that is not active. Passes no `this` to `context.with()`, which would bind the function to it. */
export function switchTo<Fn extends AnyFunction>(target: Context, fn: Fn, self: unknown, args: unknown[]): ReturnType<Fn> {
  return context.with(target, Reflect.apply as AnyFunction, undefined, fn, self, args);
}

/** @returns a function that always runs in this context, with the same `this` and arguments */
export function bindTo<Fn extends AnyFunction>(target: Context, fn: Fn): Fn {
  return function (this: unknown, ...args: unknown[]) {
    return runIn(target, fn, this, args);
  } as Fn;
}

/** For a method that always runs outside of any trace. */
export const inRootContext: Wrapper = (original) =>
  function (...args) {
    return runIn(ROOT_CONTEXT, original, this, args);
  };

/** For a method with a callback: its last function argument runs in the context of the caller that passed it. */
export const bindingCallback: Wrapper = (original) =>
  function (...args) {
    const at = args.findLastIndex((each) => typeof each === 'function');
    if (at >= 0) args[at] = bindTo(context.active(), args[at]);
    return original.apply(this, args);
  };
