// Serializes one OTLP request in the same way as the exporters.
import {
  JsonLogsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufTraceSerializer,
} from '@opentelemetry/otlp-transformer';
import { protocolOf } from './exporters.ts';
import type { Signal } from './settings.ts';

interface Serializer {
  serializeRequest(items: unknown[]): Uint8Array | undefined;
}

const serializers = {
  TRACES: { json: JsonTraceSerializer, protobuf: ProtobufTraceSerializer, service: 'trace.v1.TraceService' },
  LOGS: { json: JsonLogsSerializer, protobuf: ProtobufLogsSerializer, service: 'logs.v1.LogsService' },
};

/**
 * @param items spans or log records, depending on the signal
 * @returns the body, and the path of the gRPC method that accepts it
 */
export function serialize(signal: Signal, items: unknown[]): { body: Uint8Array; grpcPath: string } {
  const { json, protobuf, service } = serializers[signal];
  const serializer = (protocolOf(signal) === 'http/json' ? json : protobuf) as Serializer;
  return {
    body: serializer.serializeRequest(items) ?? new Uint8Array(),
    grpcPath: `/opentelemetry.proto.collector.${service}/Export`,
  };
}
