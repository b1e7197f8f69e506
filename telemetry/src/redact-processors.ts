// Processors that apply the `redact` option.
import type { LogRecordProcessor } from '@opentelemetry/sdk-logs';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace';
import { attempt } from './attempt.ts';
import type { Redactor } from './redact.ts';

type Attributes = Record<string, unknown>;

/** Masks the attributes of a span, its events and its links when the span ends. Must run before the exporting processors. */
export function redactSpans(redact: Redactor): SpanProcessor {
  return {
    onStart() {},
    onEnd({ attributes, events, links }: ReadableSpan) {
      redactInPlace(attributes, redact);
      for (const { attributes: ofEvent } of events) if (ofEvent) redactInPlace(ofEvent, redact);
      for (const { attributes: ofLink } of links) if (ofLink) redactInPlace(ofLink, redact);
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  };
}

/** Masks the attributes and the body of a log record. Must run before the exporting processors. */
export function redactLogRecords(redact: Redactor): LogRecordProcessor {
  return {
    onEmit(record) {
      redactInPlace(record.attributes as Attributes, redact);
      const { body } = record;
      if (typeof body !== 'object' || body === null) return;
      record.setBody(redactSafely(body, redact) as typeof body);
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  };
}

/** Modifies the SDK's own object, because the SDK counts its attributes. Nested values may belong to the application and are copied. */
function redactInPlace(attributes: object, redact: Redactor): void {
  const redacted = redactSafely(attributes, redact) as Attributes;
  if (redacted === attributes) return;
  for (const name of Object.keys(attributes)) {
    if (!Object.hasOwn(redacted, name)) delete (attributes as Attributes)[name];
    else Object.defineProperty(attributes, name, { value: redacted[name], writable: true, enumerable: true, configurable: true });
  }
}

/** Omits an object that throws when it is read. Only a processor of the application can add such an object. */
function redactSafely(value: object, redact: Redactor): object {
  return attempt(() => redact(value)) ?? {};
}
