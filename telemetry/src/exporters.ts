// Where spans and log records go: OTLP over gRPC, or over HTTP where OTEL_EXPORTER_OTLP_PROTOCOL says so.
// Endpoint, headers, TLS and time-out are read by the exporters themselves, from OTEL_EXPORTER_OTLP_*.
import { OTLPLogExporter as GrpcLogExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as HttpLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPTraceExporter as GrpcTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as HttpTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { ConsoleLogRecordExporter, type LogRecordExporter } from '@opentelemetry/sdk-logs';
import { ConsoleSpanExporter, type SpanExporter } from '@opentelemetry/sdk-trace';
import { replaceSerializers } from './otlp.ts';
import { otlpSetting, type Signal, setting } from './settings.ts';

replaceSerializers();

export function createSpanExporter(): SpanExporter {
  if (exporterOf('TRACES') === 'console') return new ConsoleSpanExporter();
  return isHttp('TRACES') ? new HttpTraceExporter() : new GrpcTraceExporter();
}

export function createLogExporter(): LogRecordExporter {
  if (exporterOf('LOGS') === 'console') return new ConsoleLogRecordExporter();
  return isHttp('LOGS') ? new HttpLogExporter() : new GrpcLogExporter();
}

/** `otlp`, `console` or `none`, from OTEL_TRACES_EXPORTER and OTEL_LOGS_EXPORTER. */
export function exporterOf(signal: Signal): string {
  return setting(`OTEL_${signal}_EXPORTER`) ?? 'otlp';
}

/** The address that a signal is sent to, for messages. */
export function endpointOf(signal: Signal): string {
  return otlpSetting(signal, 'ENDPOINT') ?? (isHttp(signal) ? 'http://localhost:4318' : 'http://localhost:4317');
}

function isHttp(signal: Signal): boolean {
  return otlpSetting(signal, 'PROTOCOL') === 'http/protobuf';
}
