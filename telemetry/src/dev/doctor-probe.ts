// One span, sent where the service sends its own. Loaded with the OTEL_* variables of the service in process.env.
import { ExportResultCode } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { type ReadableSpan, TracerProvider } from '@opentelemetry/sdk-trace';
import { createSpanExporter, endpointOf, exportersOf } from '../exporters.ts';

interface Probe {
  /** For messages: without credentials. */
  endpoint: string;
  traceId: string;
  /** Why the receiver has not accepted it; undefined where it has. */
  failure: string | undefined;
}

/** @returns undefined where the service exports no spans over OTLP */
export async function sendProbe(): Promise<Probe | undefined> {
  if (!exportersOf('TRACES').has('otlp')) return undefined;
  const span = createSpan();
  const exporter = createSpanExporter();
  const failure = await new Promise<string | undefined>((resolve) => {
    exporter.export([span], ({ code, error }) =>
      resolve(code === ExportResultCode.SUCCESS ? undefined : (error?.message ?? 'it was rejected')),
    );
  });
  await exporter.shutdown().catch(() => {});
  return { endpoint: endpointOf('TRACES'), traceId: span.spanContext().traceId, failure };
}

function createSpan(): ReadableSpan {
  const provider = new TracerProvider({ resource: resourceFromAttributes({ 'service.name': 'fastify-otlp doctor' }) });
  const span = provider.getTracer('fastify-otlp').startSpan('doctor');
  span.end();
  return span as unknown as ReadableSpan;
}
