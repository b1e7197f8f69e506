// The last request of a signal, serialized in the same way as by its exporter.
import {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from '@opentelemetry/otlp-transformer';
import type { ExitBatch } from './exit-sender.ts';
import { exitTransport } from './exit-transport.ts';
import type { OtlpSignal } from './settings.ts';

interface Serializer {
  serializeRequest(items: unknown): Uint8Array | undefined;
}

const serializers = {
  TRACES: { json: JsonTraceSerializer, protobuf: ProtobufTraceSerializer, service: 'trace.v1.TraceService' },
  LOGS: { json: JsonLogsSerializer, protobuf: ProtobufLogsSerializer, service: 'logs.v1.LogsService' },
  METRICS: { json: JsonMetricsSerializer, protobuf: ProtobufMetricsSerializer, service: 'metrics.v1.MetricsService' },
};

/** @param items spans, log records or ResourceMetrics, depending on the signal */
export function createExitBatch(signal: OtlpSignal, items: unknown): ExitBatch {
  const { json, protobuf, service } = serializers[signal];
  const transport = exitTransport(signal);
  const serializer = (transport.protocol === 'http/json' ? json : protobuf) as Serializer;
  const body = serializer.serializeRequest(items) ?? new Uint8Array();
  return { transport, grpcPath: `/opentelemetry.proto.collector.${service}/Export`, body };
}
