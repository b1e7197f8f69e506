import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { limits } from './bounded-value.ts';

/** Memory for a span or log record without its strings, measured with heap snapshots. */
const emptyBytes = 1_000;
/** Overhead of a property or an array element, in addition to its key and value. */
const entryBytes = 16;
const numberBytes = 8;

/**
 * Estimates the memory of a span or log record in bytes: its strings and binary data, plus a small amount for each value.
 * Visits at most as many values as bounded-value.ts permits.
 */
export function sizeOf(item: ReadableSpan | ReadableLogRecord): number {
  const left = { values: limits.values };
  let bytes = emptyBytes + valueSize(item.attributes, left, 0);
  if ('body' in item) bytes += valueSize(item.body, left, 0);
  if ('events' in item) for (const { attributes } of item.events) bytes += entryBytes + valueSize(attributes, left, 0);
  if ('links' in item) for (const { attributes } of item.links) bytes += entryBytes + valueSize(attributes, left, 0);
  return bytes;
}

function valueSize(value: unknown, left: { values: number }, depth: number): number {
  left.values -= 1;
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return numberBytes;
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (depth > limits.depth) return numberBytes;
  let bytes = 0;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length && left.values > 0; index += 1) {
      bytes += entryBytes + valueSize(value[index], left, depth + 1);
    }
    return bytes;
  }
  for (const each of Object.values(value)) {
    if (left.values <= 0) break;
    bytes += entryBytes + valueSize(each, left, depth + 1);
  }
  return bytes;
}
