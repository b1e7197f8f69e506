// The default sampler: a span is sampled if its parent is. A root span always is.
import { SamplingDecision, TraceFlags, trace } from '@opentelemetry/api';
import { AlwaysOnSampler, ParentBasedSampler, type SamplingResult } from '@opentelemetry/sdk-trace';

/** The SDK's sampler checks each character of the parent's ids again. */
export class ParentSampler extends ParentBasedSampler {
  constructor() {
    super({ root: new AlwaysOnSampler() });
  }

  /** The tracer has found the parent's ids valid if the span gets its trace id; otherwise it gets a new one. */
  override shouldSample(...args: Parameters<ParentBasedSampler['shouldSample']>): SamplingResult {
    const parent = trace.getSpanContext(args[0]);
    if (parent?.traceId !== args[1]) return super.shouldSample(...args);
    const isSampled = parent.traceFlags & TraceFlags.SAMPLED;
    return { decision: isSampled ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD };
  }
}
