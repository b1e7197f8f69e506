// Serializes a batch and decodes it as a receiver does.
import type { MethodDefinition } from '@grpc/grpc-js';
import { ProtobufLogsSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { replaceSerializers } from '../../src/otlp.ts';
import { loadOtlp } from './otlp-receiver.ts';

replaceSerializers();

const services = loadOtlp(String);

interface Serialized {
  bytes: Buffer;
  /** The decoded batch as JSON. */
  text: string;
  decoded: unknown[];
}

export function serializeLogs(records: ReadableLogRecord[]): Serialized {
  const request = decode('logs.v1.LogsService', ProtobufLogsSerializer.serializeRequest(records));
  return {
    ...request,
    decoded: request.message.resourceLogs.flatMap((each) => each.scopeLogs.flatMap((scope) => scope.logRecords)),
  };
}

export function serializeSpans(spans: ReadableSpan[]): Serialized {
  const request = decode('trace.v1.TraceService', ProtobufTraceSerializer.serializeRequest(spans));
  return {
    ...request,
    decoded: request.message.resourceSpans.flatMap((each) => each.scopeSpans.flatMap((scope) => scope.spans)),
  };
}

interface Message {
  resourceLogs: { scopeLogs: { logRecords: unknown[] }[] }[];
  resourceSpans: { scopeSpans: { spans: unknown[] }[] }[];
}

function decode(service: string, serialized: Uint8Array | undefined) {
  const bytes = Buffer.from(serialized as Uint8Array);
  const method = services[`opentelemetry.proto.collector.${service}`]?.Export as MethodDefinition<unknown, unknown>;
  const message = method.requestDeserialize(bytes) as Message;
  return { bytes, message, text: JSON.stringify(message) };
}
