// Where spans and log records go: over OTLP, to the terminal, to Zipkin, or nowhere.
// Endpoint, headers, TLS and time-out are read by the exporters themselves, from OTEL_EXPORTER_OTLP_*.
import { OTLPLogExporter as GrpcLogExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as JsonLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPTraceExporter as GrpcTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { ZipkinExporter } from '@opentelemetry/exporter-zipkin';
import {
  ConsoleLogRecordExporter,
  type LogRecordExporter,
  type LogRecordProcessor,
  SimpleLogRecordProcessor,
} from '@opentelemetry/sdk-logs';
import {
  BatchSpanProcessor,
  ConsoleSpanExporter,
  SimpleSpanProcessor,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace';
import { withoutSecrets } from './endpoint.ts';
import { createSafely, type Exporter } from './safe-exporter.ts';
import { type OtlpSignal, otlpSetting, type Signal, setting } from './settings.ts';
import { withSingleAttempts } from './single-attempt.ts';

export type Protocol = 'grpc' | 'http/protobuf' | 'http/json';

const traceExporters = { grpc: GrpcTraceExporter, 'http/protobuf': ProtobufTraceExporter, 'http/json': JsonTraceExporter };
const logExporters = { grpc: GrpcLogExporter, 'http/protobuf': ProtobufLogExporter, 'http/json': JsonLogExporter };

/** Creates the OTLP exporter for spans. Never throws. The queue creates a new one after failures. */
export function createSpanExporter(): SpanExporter {
  return createSafely('spans', () => withSingleAttempts(new traceExporters[protocolOf('TRACES')]() as Exporter)) as SpanExporter;
}

/** Creates the OTLP exporter for log records. Never throws. */
export function createLogExporter(): LogRecordExporter {
  return createSafely('log records', () =>
    withSingleAttempts(new logExporters[protocolOf('LOGS')]() as Exporter),
  ) as LogRecordExporter;
}

/** For the exporters beside OTLP: `console` and `zipkin`. */
export function otherSpanProcessors(): SpanProcessor[] {
  const exporters = exportersOf('TRACES');
  return [
    ...(exporters.has('console') ? [new SimpleSpanProcessor({ exporter: new ConsoleSpanExporter() })] : []),
    ...(exporters.has('zipkin') ? [zipkinProcessor()] : []),
  ];
}

function zipkinProcessor(): SpanProcessor {
  const limit = (name: string) => Number(setting(`OTEL_BSP_${name}`)) || undefined;
  return new BatchSpanProcessor({
    exporter: createSafely('spans', () => new ZipkinExporter() as Exporter) as SpanExporter,
    maxQueueSize: limit('MAX_QUEUE_SIZE'),
    maxExportBatchSize: limit('MAX_EXPORT_BATCH_SIZE'),
    scheduledDelayMillis: limit('SCHEDULE_DELAY'),
    exportTimeoutMillis: limit('EXPORT_TIMEOUT'),
  });
}

/** For the exporter beside OTLP: `console`. */
export function otherLogRecordProcessors(): LogRecordProcessor[] {
  return exportersOf('LOGS').has('console') ? [new SimpleLogRecordProcessor({ exporter: new ConsoleLogRecordExporter() })] : [];
}

/** The names in OTEL_TRACES_EXPORTER and OTEL_LOGS_EXPORTER. `none` beside others is read as sdk-node reads it. */
export function exportersOf(signal: Signal): Set<string> {
  const names = (setting(`OTEL_${signal}_EXPORTER`) ?? 'otlp').split(',');
  if (names[0] === 'none' || (signal === 'LOGS' && names.includes('none'))) return new Set();
  return new Set(names.includes('none') ? ['otlp'] : names);
}

/** The names in OTEL_METRICS_EXPORTER: none by default. `none` beside others is read as sdk-node reads it. */
export function metricExporters(): string[] {
  const names = setting('OTEL_METRICS_EXPORTER')?.split(',') ?? [];
  return names.includes('none') ? [] : names;
}

export function protocolOf(signal: OtlpSignal): Protocol {
  return (otlpSetting(signal, 'PROTOCOL') as Protocol | undefined) ?? 'grpc';
}

/** The address that a signal is sent to, for messages. */
export function endpointOf(signal: OtlpSignal): string {
  const fallback = protocolOf(signal) === 'grpc' ? 'http://localhost:4317' : 'http://localhost:4318';
  return withoutSecrets(otlpSetting(signal, 'ENDPOINT') ?? fallback);
}
