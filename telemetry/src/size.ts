import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

/** What a span or a record takes without its texts, as heap snapshots show it. */
const emptyBytes = 1_000;

/** About how many bytes of memory a span or a log record takes: its texts, and a little for each attribute. */
export function sizeOf(item: ReadableSpan | ReadableLogRecord): number {
  let bytes = emptyBytes + valueSize(item.attributes);
  if ('body' in item) bytes += valueSize(item.body);
  if ('events' in item) for (const event of item.events) bytes += valueSize(event.attributes);
  return bytes;
}

function valueSize(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  let bytes = 0;
  for (const key in value) bytes += 16 + valueSize(value[key as never]);
  return bytes;
}
