// OpenTelemetry in the test process, with spans in memory.
import { context, propagation, type TextMapPropagator, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  InMemorySpanExporter,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { spanProcessors } from '../../src/processors.ts';

/** @returns the spans that ended since the last call of `clear` */
export function startInMemory({ sampler, propagator }: { sampler?: Sampler; propagator?: TextMapPropagator } = {}) {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({
    ...(sampler && { sampler }),
    spanProcessors: spanProcessors([new SimpleSpanProcessor({ exporter })], sampler ? { sampler } : {}),
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(
    propagator ?? new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
  );
  trace.setGlobalTracerProvider(provider);
  return { spans: (): ReadableSpan[] => exporter.getFinishedSpans(), clear: () => exporter.reset() };
}

/** The id of the active trace, or `none`. */
export function activeTraceId(): string {
  return trace.getActiveSpan()?.spanContext().traceId ?? 'none';
}
