import type { Span } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

/**
 * Puts attributes on a span as they are. The SDK's own setAttribute looks into each value for what OTLP cannot hold, with a new
 * WeakSet for each, and startSpan does so twice: of our own plain values that need is not there, and the cost was a tenth of a request's.
 *
 * What is undefined is left out: OTLP has no such value, and a receiver may refuse all spans that come with it.
 *
 * @param attributes strings, numbers and booleans; called only for a span that is recorded
 */
export function setAttributes(span: Span, attributes: () => Record<string, string | number | boolean | undefined>): void {
  if (!span.isRecording()) return;
  const described = (span as unknown as ReadableSpan).attributes;
  const given = attributes();
  for (const name in given) if (given[name] !== undefined) described[name] = given[name];
}
