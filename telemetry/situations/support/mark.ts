// Marks a place in an application with a span: the path of the span shows which context is active there.
import { type Attributes, trace } from '@opentelemetry/api';

export function mark(place: string, attributes: Attributes = {}): void {
  trace.getTracer('application').startSpan(place, { attributes }).end();
}
