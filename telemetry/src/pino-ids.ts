// The ids of the active span, as fields of a line.
import { type Context, type SpanContext, trace } from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';

export interface Ids {
  fields: Record<string, string>;
  /** The same as JSON, each after a comma. */
  text: string;
}

/** Of the span that logged last: the next line is mostly from the same. */
let latest: { spanContext: SpanContext; ids: Ids } | undefined;

/** @returns undefined outside of a span, and where tracing is suppressed */
export function idsIn(context: Context): Ids | undefined {
  const spanContext = trace.getSpanContext(context);
  if (!spanContext || isTracingSuppressed(context)) return undefined;
  if (latest?.spanContext === spanContext) return latest.ids;
  if (!isValid(spanContext)) return undefined;
  const ids = idsOf(spanContext);
  latest = { spanContext, ids };
  return ids;
}

/** Regular expressions: the API's own check reads each character by `charCodeAt`, which is slow where V8 has met many kinds of strings. */
function isValid({ traceId, spanId }: SpanContext): boolean {
  return /^(?!0{32})[\da-f]{32}$/i.test(traceId) && /^(?!0{16})[\da-f]{16}$/i.test(spanId);
}

function idsOf({ traceId, spanId, traceFlags }: SpanContext): Ids {
  const flags = (traceFlags & 0xff).toString(16).padStart(2, '0');
  return {
    fields: { trace_id: traceId, span_id: spanId, trace_flags: flags },
    text: `,"trace_id":"${traceId}","span_id":"${spanId}","trace_flags":"${flags}"`,
  };
}
