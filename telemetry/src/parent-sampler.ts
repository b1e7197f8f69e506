// The default sampler: a span is sampled if its parent is. A root span always is.
import { type Context, SamplingDecision, TraceFlags, trace } from '@opentelemetry/api';
import { AlwaysOnSampler, ParentBasedSampler, type SamplingResult } from '@opentelemetry/sdk-trace';

/** The SDK's sampler checks each character of the parent's ids again. */
export class ParentSampler extends ParentBasedSampler {
  constructor() {
    super({ root: new AlwaysOnSampler() });
  }

  /** @param traceId that of the parent only if the tracer has found the parent's ids valid; otherwise a new one */
  override shouldSample(context: Context, traceId: string, ...rest: Rest): SamplingResult {
    const parent = trace.getSpanContext(context);
    if (parent?.traceId !== traceId) return super.shouldSample(context, traceId, ...rest);
    const isSampled = parent.traceFlags & TraceFlags.SAMPLED;
    return { decision: isSampled ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD };
  }
}

type Rest = Parameters<ParentBasedSampler['shouldSample']> extends [unknown, unknown, ...infer Others] ? Others : never;
