// The ids of the active span, as fields of a log line.
import { type Context, type SpanContext, trace } from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';

export interface Ids {
  fields: Record<string, string>;
  /** The same fields as JSON, each preceded by a comma. */
  text: string;
}

/** Ids of the span that logged last. Most lines come from the same span as the previous one. */
let latest: { spanContext: SpanContext; ids: Ids } | undefined;

/** @returns undefined if no span is active or tracing is suppressed */
export function idsIn(context: Context): Ids | undefined {
  const spanContext = trace.getSpanContext(context);
  if (!spanContext || isTracingSuppressed(context)) return undefined;
  if (latest?.spanContext === spanContext) return latest.ids;
  if (!isValid(spanContext)) return undefined;
  const ids = idsOf(spanContext);
  latest = { spanContext, ids };
  return ids;
}

/** Uses regular expressions: the API's own check calls `charCodeAt` per character, which is slow once V8 has seen many kinds of strings. */
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
