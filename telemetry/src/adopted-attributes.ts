// Passes the attributes of this package's own spans to the span itself. Tracer.startSpan() would copy them twice and create a WeakSet for
// each value, which takes longer than everything else it does.
import type { Attributes, Context, Span, SpanKind, Tracer } from '@opentelemetry/api';
import type { Span as SdkSpan } from '@opentelemetry/sdk-trace';
import { boundedAttributes } from './bounded-span.ts';

/** The internal fields of the SDK's span that its constructor sets from attributes. */
interface Adopting {
  attributes: Attributes;
  _attributesCount?: number;
  _spanLimits?: { attributeCountLimit?: number; attributeValueLengthLimit?: number };
}

let isEnabled = false;
/** Attributes of the span that is being started. */
let next: Attributes | undefined;

/** Call this if `adoptAttributes` is called for each span and the sampler is one of the SDK's, which do not read attributes. */
export function enableAdoption(): void {
  isEnabled = true;
}

/** @param attributes the span keeps this object */
export function startSpan(tracer: Tracer, name: string, kind: SpanKind, attributes: Attributes, parent: Context): Span {
  if (!isEnabled) return tracer.startSpan(name, { kind, attributes }, parent);
  next = boundedAttributes(attributes);
  try {
    const span = tracer.startSpan(name, { kind }, parent);
    if (next && span.isRecording()) span.setAttributes(next); // the tracer belongs to an SDK of the application
    return span;
  } finally {
    next = undefined;
  }
}

/** Call this when the span starts, before any span processor. */
export function adoptAttributes(started: SdkSpan): void {
  if (!next) return;
  const attributes = next;
  next = undefined;
  const span = started as unknown as Adopting;
  const count = Object.keys(attributes).length;
  const { attributeCountLimit = 0, attributeValueLengthLimit } = span._spanLimits ?? {};
  const isWithinLimits = count <= attributeCountLimit && attributeValueLengthLimit === Number.POSITIVE_INFINITY;
  if (!isWithinLimits || span._attributesCount !== 0) {
    started.setAttributes(attributes); // the SDK's internals differ, or it truncates values
    return;
  }
  span.attributes = attributes;
  span._attributesCount = count;
}
