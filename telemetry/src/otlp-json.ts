import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { bigintText } from './bounded-value.ts';

/** The exporters' serializer for JSON writes no bigint: integers that a number does not hold become text. @returns the record itself if it has none */
export function withoutBigints(record: ReadableLogRecord): ReadableLogRecord {
  const body = replace(record.body);
  const attributes = replace(record.attributes);
  if (body === record.body && attributes === record.attributes) return record;
  return Object.create(record, { body: { value: body }, attributes: { value: attributes } });
}

function replace(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : bigintText(value);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const entries = Object.entries(value);
  const replaced = entries.map(([key, each]) => [key, replace(each)] as const);
  if (replaced.every(([, each], index) => each === entries[index]?.[1])) return value;
  return Array.isArray(value) ? replaced.map(([, each]) => each) : Object.fromEntries(replaced);
}
