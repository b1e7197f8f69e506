// Propagates the trace from one service to the next by W3C Trace Context Level 2: https://www.w3.org/TR/trace-context-2/
// Replaces the SDK's `tracecontext` propagator, which passes 36 of the 41 tests of the W3C test suite. All other propagators are the SDK's.
import {
  type Context,
  createContextKey,
  isSpanContextValid,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { CompositePropagator, isTracingSuppressed, W3CBaggagePropagator } from '@opentelemetry/core';
import { B3InjectEncoding, B3Propagator } from '@opentelemetry/propagator-b3';
import { setting } from './settings.ts';
import { parseTraceState, trimSpace } from './trace-state.ts';

/** Flag for a random trace id. It is stored in the context, because the SDK's span contexts drop it. */
const randomFlag = 0b10;
const randomKey = createContextKey('random trace id');

/** Version 00 ends with the flags. Fields that a later version adds start with a dash. */
const traceparent = /^(?!ff)([\da-f]{2})-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(-.*)?$/;

export class TraceContextPropagator implements TextMapPropagator {
  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    const spanContext = trace.getSpanContext(context);
    if (!spanContext || !isSpanContextValid(spanContext) || isTracingSuppressed(context)) return;
    const { traceId, spanId, traceFlags, traceState } = spanContext;
    const flags = (traceFlags & TraceFlags.SAMPLED) | (context.getValue(randomKey) === traceId ? randomFlag : 0);
    setter.set(carrier, 'traceparent', `00-${traceId}-${spanId}-0${flags}`);
    const state = traceState?.serialize();
    if (state) setter.set(carrier, 'tracestate', state);
  }

  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const [header = '', ...others] = [getter.get(carrier, 'traceparent') ?? []].flat();
    const [, version, traceId, spanId, flags, rest] = (others.length === 0 && traceparent.exec(trimSpace(header))) || [];
    if (!traceId || !spanId || !flags || (version === '00' && rest !== undefined)) return context;
    const traceFlags = Number.parseInt(flags, 16);
    const traceState = parseTraceState([getter.get(carrier, 'tracestate') ?? []].flat().join());
    const spanContext = {
      traceId,
      spanId,
      traceFlags: traceFlags & TraceFlags.SAMPLED,
      isRemote: true,
      ...(traceState && { traceState }),
    };
    return trace.setSpanContext(context, spanContext).setValue(randomKey, traceFlags & randomFlag ? traceId : undefined);
  }

  fields(): string[] {
    return ['traceparent', 'tracestate'];
  }
}

const propagators: Record<string, () => TextMapPropagator> = {
  tracecontext: () => new TraceContextPropagator(),
  baggage: () => new W3CBaggagePropagator(),
  b3: () => new B3Propagator(),
  b3multi: () => new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER }),
};

/** @returns the propagators of OTEL_PROPAGATORS; null for `none`, which is the value NodeSDK expects */
export function createPropagator(): TextMapPropagator | null {
  const names = (setting('OTEL_PROPAGATORS') ?? 'tracecontext,baggage').split(',');
  if (names.includes('none')) return null;
  return new CompositePropagator({ propagators: names.flatMap((name) => propagators[name]?.() ?? []) });
}
