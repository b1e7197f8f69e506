// Serializes batches of spans and log records as OTLP. It replaces the exporters' own serializer, which reads each string twice, character
// by character, and fails for the entire batch if it cannot serialize one item.
// The numbers of the fields are those of https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { diag, type Link, type SpanContext } from '@opentelemetry/api';
import type { InstrumentationScope } from '@opentelemetry/core';
import { JsonLogsSerializer, ProtobufLogsSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { ReadableSpan, TimedEvent } from '@opentelemetry/sdk-trace';
import { attempt } from './attempt.ts';
import { bigintText, limits, truncated, withoutParent } from './bounded-value.ts';
import { nearestPackage } from './nearest-package.ts';
import { withoutBigints } from './otlp-json.ts';
import { ProtobufWriter } from './protobuf.ts';

/** Size of most spans and log records, in bytes. */
const usualBytes = 512;
/** How many bytes that size takes in a message. */
const usualLengthBytes = 2;

let failures = 0;

/** Of @opentelemetry/otlp-transformer, which the objects below belong to. */
export const testedVersion = '0.300.0';

/** Another version, which an application may force with `overrides`, keeps its own serializers. */
export function replaceTestedSerializers(): void {
  const main = attempt(() => fileURLToPath(import.meta.resolve('@opentelemetry/otlp-transformer'))); // it throws in a bundle
  const version = main && nearestPackage(dirname(main)).version;
  if (version === testedVersion) replaceSerializers();
  else diag.debug(`@opentelemetry/otlp-transformer ${version} keeps its serializers: ours are tested with ${testedVersion}`);
}

/** The exporters ask these objects for the bytes of each batch, whether they go over gRPC or HTTP. */
export function replaceSerializers(): void {
  ProtobufTraceSerializer.serializeRequest = (spans) => serialize(spans, writeSpan);
  ProtobufLogsSerializer.serializeRequest = (records) => serialize(records, writeLogRecord);
  const { serializeRequest } = JsonLogsSerializer;
  JsonLogsSerializer.serializeRequest = (records) => serializeRequest(records.map(withoutBigints));
}

/** How many items could not be serialized since this was called last. */
export function takeSerializationFailures(): number {
  const count = failures;
  failures = 0;
  return count;
}

interface Item {
  resource: Resource;
  instrumentationScope: InstrumentationScope;
}

/** An ExportTraceServiceRequest or an ExportLogsServiceRequest: but for their items the two are alike. */
function serialize<Each extends Item>(items: Each[], write: (writer: ProtobufWriter, item: Each) => void): Uint8Array {
  const writer = new ProtobufWriter((items.length + 1) * usualBytes);
  for (const [resource, ofResource] of Map.groupBy(items, (item) => item.resource)) {
    const resourceItems = writer.begin(1);
    const described = writer.begin(1);
    writeAttributes(writer, 1, resource.attributes);
    writer.end(described);
    for (const [scope, ofScope] of Map.groupBy(ofResource, (item) => item.instrumentationScope)) {
      const scopeItems = writer.begin(2);
      writeScope(writer, scope);
      for (const item of ofScope) {
        const { length } = writer;
        try {
          const begun = writer.begin(2, usualLengthBytes);
          write(writer, item);
          writer.end(begun, usualLengthBytes);
        } catch {
          writer.truncate(length);
          failures += 1;
        }
      }
      if (scope.schemaUrl) writer.text(3, scope.schemaUrl);
      writer.end(scopeItems);
    }
    if (resource.schemaUrl) writer.text(3, resource.schemaUrl);
    writer.end(resourceItems);
  }
  return writer.finish();
}

/** A logger's has attributes, though its type does not say so. */
type Scope = InstrumentationScope & { attributes?: object; droppedAttributesCount?: number };

function writeScope(writer: ProtobufWriter, { name, version, attributes, droppedAttributesCount }: Scope): void {
  const scope = writer.begin(1);
  writer.text(1, name);
  if (version) writer.text(2, version);
  writeAttributes(writer, 3, attributes);
  writeCount(writer, 4, droppedAttributesCount);
  writer.end(scope);
}

function writeSpan(writer: ProtobufWriter, span: ReadableSpan): void {
  const { parentSpanContext: parent, status } = span;
  const context = span.spanContext();
  writer.ids(1, context.traceId, context.spanId, 4, parent?.spanId);
  writeState(writer, context);
  writer.text(5, span.name);
  writeCount(writer, 6, span.kind + 1);
  writer.time(7, span.startTime);
  writer.time(8, span.endTime);
  writeAttributes(writer, 9, span.attributes);
  writeCount(writer, 10, span.droppedAttributesCount);
  for (const event of span.events) writeEvent(writer, event);
  writeCount(writer, 12, span.droppedEventsCount);
  for (const link of span.links) writeLink(writer, link);
  writeCount(writer, 14, span.droppedLinksCount);
  const outcome = writer.begin(15);
  if (status.message) writer.text(2, status.message);
  writeCount(writer, 3, status.code);
  writer.end(outcome);
  writer.flags(16, flagsOf(context, parent));
}

function writeEvent(writer: ProtobufWriter, { name, time, attributes, droppedAttributesCount }: TimedEvent): void {
  const event = writer.begin(11);
  writer.time(1, time);
  writer.text(2, name);
  writeAttributes(writer, 3, attributes);
  writeCount(writer, 4, droppedAttributesCount);
  writer.end(event);
}

function writeLink(writer: ProtobufWriter, { context, attributes, droppedAttributesCount }: Link): void {
  const link = writer.begin(13);
  writer.ids(1, context.traceId, context.spanId);
  writeState(writer, context);
  writeAttributes(writer, 4, attributes);
  writeCount(writer, 5, droppedAttributesCount);
  writer.flags(6, flagsOf(context, context));
  writer.end(link);
}

function writeState(writer: ProtobufWriter, { traceState }: SpanContext): void {
  const state = traceState?.serialize();
  if (state) writer.text(3, state);
}

/** The W3C trace flags, and OTLP's flags for a remote parent or link: whether that is known (0x100), and whether it is remote (0x200). */
function flagsOf({ traceFlags }: SpanContext, other: SpanContext | undefined): number {
  return (traceFlags & 0xff) | 0x100 | (other?.isRemote ? 0x200 : 0);
}

function writeLogRecord(writer: ProtobufWriter, record: ReadableLogRecord): void {
  const { body, spanContext } = record;
  writer.time(1, record.hrTime);
  writeCount(writer, 2, record.severityNumber);
  if (record.severityText) writer.text(3, record.severityText);
  if (body !== undefined) writeValue(writer, 5, body);
  writeAttributes(writer, 6, record.attributes);
  writeCount(writer, 7, record.droppedAttributesCount);
  if (spanContext) {
    writer.flags(8, spanContext.traceFlags);
    writer.ids(9, spanContext.traceId, spanContext.spanId);
  }
  writer.time(11, record.hrTimeObserved);
  if (record.eventName) writer.text(12, record.eventName);
}

/** What is not an integer counts as 0, which is not written. */
function writeCount(writer: ProtobufWriter, field: number, count: number | undefined): void {
  if (count && Number.isInteger(count)) writer.integer(field, count);
}

function writeAttributes(writer: ProtobufWriter, field: number, attributes: object | undefined, depth = 0): void {
  if (!attributes) return;
  const keys = Object.keys(attributes);
  const values = Object.values(attributes); // reading each by its key takes several times as long
  for (let index = 0; index < keys.length; index += 1) writeAttribute(writer, field, keys[index] as string, values[index], depth);
}

/** A value that an attribute had the last time, and its bytes. */
interface Repeated {
  field: number;
  value: string | number;
  bytes: Uint8Array | undefined;
  /** Number of consecutive changes without a repetition. */
  changes: number;
}

/** The last value of each attribute: most are the same in the next span, such as the route, the status and the statement. */
const repeated = new Map<string, Repeated>();
const mostRepeated = 512;
/** Characters of the name and the value. */
const longestRepeated = 1_024;
/** An attribute that changes more often in a row, such as the path, is no longer remembered. */
const mostChanges = 16;

/** Copies the bytes of an attribute that is the same as the last one of its name; writing them takes three times as long. */
function writeAttribute(writer: ProtobufWriter, field: number, key: string, value: unknown, depth: number): void {
  const last = repeated.get(key);
  const isSame = last !== undefined && last.value === value && last.field === field;
  if (isSame && last.bytes) {
    writer.copy(last.bytes);
    return;
  }
  const start = writer.length;
  const pair = writer.begin(field);
  writer.text(1, key);
  writeValue(writer, 2, value, depth);
  writer.end(pair);
  if (isSame) last.bytes = writer.copyFrom(start);
  else if (typeof value === 'string' || typeof value === 'number') remember(key, field, value, last);
}

/** Copies a text, which may be a slice that retains a larger one. V8 has done so with the name. */
function remember(key: string, field: number, value: string | number, last: Repeated | undefined): void {
  const changes = last && !last.bytes ? last.changes + 1 : 0;
  if (changes > mostChanges || key.length + String(value).length > longestRepeated) return;
  if (!last && repeated.size >= mostRepeated) repeated.clear();
  repeated.set(key, { field, value: typeof value === 'string' ? withoutParent(value) : value, bytes: undefined, changes });
}

/** An AnyValue: a message with one of its fields, or none for null. */
function writeValue(writer: ProtobufWriter, field: number, value: unknown, depth = 0): void {
  const message = writer.begin(field);
  if (typeof value === 'string') writer.text(1, value);
  else if (typeof value === 'boolean') writer.integer(2, Number(value));
  else if (typeof value === 'number') writeNumber(writer, value);
  else if (typeof value === 'bigint') writeBigint(writer, value);
  else if (value instanceof Uint8Array) writer.bytes(7, value);
  else if (typeof value === 'object' && value !== null) writeNested(writer, value, depth);
  writer.end(message);
}

function writeNested(writer: ProtobufWriter, value: object, depth: number): void {
  if (depth > limits.depth) {
    writer.text(1, truncated); // receivers refuse a request with deeper values
    return;
  }
  const nested = writer.begin(Array.isArray(value) ? 5 : 6);
  if (Array.isArray(value)) for (const each of value) writeValue(writer, 1, each, depth + 1);
  else writeAttributes(writer, 1, value, depth + 1);
  writer.end(nested);
}

function writeNumber(writer: ProtobufWriter, value: number): void {
  if (Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63) writer.integer(3, value);
  else writer.double(4, value);
}

function writeBigint(writer: ProtobufWriter, value: bigint): void {
  if (BigInt.asIntN(64, value) === value) writer.integer(3, value);
  else writer.text(1, bigintText(value));
}
