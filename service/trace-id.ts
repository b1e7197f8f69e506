import { trace } from '@opentelemetry/api';

/** @returns the id of the current trace; null without telemetry */
export function currentTraceId(): string | null {
  return trace.getActiveSpan()?.spanContext().traceId ?? null;
}
