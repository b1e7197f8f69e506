// What a fault did to a request is seen on its span: https://opentelemetry.io/docs/specs/semconv/feature-flags/feature-flags-events/
// The hooks of OpenFeature need another version of the API's logs, and would record each evaluation: a dozen for a healthy request.
import { createEvaluationEvent } from '@openfeature/core';
import type { Hook } from '@openfeature/server-sdk';
import { type Attributes, trace } from '@opentelemetry/api';

/** Adds an event `feature_flag.evaluation` to the active span for each flag that is on. */
export const evaluationEvents: Hook = {
  finally(context, details) {
    const span = trace.getActiveSpan();
    if (!span?.isRecording() || details.value === context.defaultValue) return;
    const { name, attributes } = createEvaluationEvent(context, details);
    span.addEvent(name, attributes as Attributes);
  },
};
