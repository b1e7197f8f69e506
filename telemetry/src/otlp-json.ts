import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { bigintText } from './bounded-value.ts';

/**
 * Replaces bigints, which the exporters' JSON serializer does not support: by numbers, or by strings if a number would lose digits.
 *
 * @returns the record itself if it contains no bigint
 */
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
