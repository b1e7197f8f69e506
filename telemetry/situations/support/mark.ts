// Creates a marker span. Its path shows which context is active at that place in an application.
import { type Attributes, trace } from '@opentelemetry/api';

export function mark(place: string, attributes: Attributes = {}): void {
  trace.getTracer('application').startSpan(place, { attributes }).end();
}
