import { trace } from '@opentelemetry/api';

/** The id of the trace that this code runs in; null where telemetry is off. */
export function currentTraceId(): string | null {
  return trace.getActiveSpan()?.spanContext().traceId ?? null;
}
