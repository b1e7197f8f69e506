// Propagates the trace from one service to the next by W3C Trace Context Level 2: https://www.w3.org/TR/trace-context-2/
// Replaces the SDK's `tracecontext` propagator, which passes 36 of the 41 tests of the W3C test suite. All other propagators are the SDK's.
import {
  type Context,
  createContextKey,
  isSpanContextValid,
  type SpanContext,
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
const traceparent = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:-.*)?$/;
const longestOfVersion00 = 55;

/** Ids are copied out of the header: the API checks them character by character, which is slow for a part of another string. */
const fields = Buffer.alloc(longestOfVersion00);

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
    const header = single(getter.get(carrier, 'traceparent'));
    const text = header && trimSpace(header);
    if (!text || !traceparent.test(text) || (text.length > longestOfVersion00 && text.startsWith('00'))) return context;
    fields.write(text, 0, 'latin1');
    const traceId = fields.toString('latin1', 3, 35);
    const spanId = fields.toString('latin1', 36, 52);
    const flags = Number.parseInt(text.slice(53, 55), 16);
    const state = getter.get(carrier, 'tracestate');
    const traceState = state && parseTraceState(String(state));
    const spanContext: SpanContext = { traceId, spanId, traceFlags: flags & TraceFlags.SAMPLED, isRemote: true };
    if (traceState) spanContext.traceState = traceState;
    const extracted = trace.setSpanContext(context, spanContext);
    const random = flags & randomFlag ? traceId : undefined;
    return context.getValue(randomKey) === random ? extracted : extracted.setValue(randomKey, random);
  }

  fields(): string[] {
    return ['traceparent', 'tracestate'];
  }
}

/** @returns undefined for a header that was sent several times */
function single(header: string | string[] | undefined): string | undefined {
  if (typeof header === 'string') return header;
  return header?.length === 1 ? header[0] : undefined;
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
