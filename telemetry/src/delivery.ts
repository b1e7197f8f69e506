// From a finished span or log record to the Collector: queued, sent in batches, kept and retried while nobody answers.
// In place of the SDK's batch processors, which drop a batch after its first failure and drop log records unsaid.
import { TraceFlags } from '@opentelemetry/api';
import type { LogRecordExporter, LogRecordProcessor, ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace';
import { endpointOf, exporterOf } from './exporters.ts';
import { keepPrivate } from './privacy.ts';
import { DeliveryQueue } from './queue.ts';
import { type Signal, setting } from './settings.ts';
import { sizeOf } from './size.ts';

/** What each signal may keep in memory while nobody answers, should its items be larger than usual. */
const maxBytes = 64 * 2 ** 20;

const queues: { flush(): Promise<void> }[] = [];

/** The span processors for NodeSDK: one, or none with OTEL_TRACES_EXPORTER=none. */
export function deliverSpans(createExporter: () => SpanExporter): SpanProcessor[] {
  const queue = openQueue<ReadableSpan>('TRACES', 'spans', 'OTEL_BSP', createExporter);
  if (!queue) return [];
  return [
    {
      onStart: () => {},
      onEnd: (span) => {
        if (!(span.spanContext().traceFlags & TraceFlags.SAMPLED)) return;
        keepPrivate(span);
        queue.add(span);
      },
      forceFlush: () => queue.flush(),
      shutdown: () => queue.flush(),
    },
  ];
}

/** The log record processors for NodeSDK: one, or none with OTEL_LOGS_EXPORTER=none. */
export function deliverLogRecords(createExporter: () => LogRecordExporter): LogRecordProcessor[] {
  const queue = openQueue<ReadableLogRecord>('LOGS', 'log records', 'OTEL_BLRP', createExporter);
  if (!queue) return [];
  return [{ onEmit: (record) => queue.add(record), forceFlush: () => queue.flush(), shutdown: () => queue.flush() }];
}

/** Sends all that waits. Resolves when it is delivered, or after 5 s; never rejects. */
export async function flush(): Promise<void> {
  await Promise.all(queues.map((queue) => queue.flush()));
}

function openQueue<Item extends ReadableSpan | ReadableLogRecord>(
  signal: Signal,
  what: string,
  prefix: 'OTEL_BSP' | 'OTEL_BLRP',
  createExporter: ConstructorParameters<typeof DeliveryQueue<Item>>[0]['createExporter'],
): DeliveryQueue<Item> | undefined {
  if (exporterOf(signal) === 'none') return undefined;
  const queue = new DeliveryQueue<Item>({
    what,
    endpoint: endpointOf(signal),
    createExporter,
    maxItems: Number(setting(`${prefix}_MAX_QUEUE_SIZE`) ?? 16_384),
    maxBytes,
    sizeOf,
    maxBatchItems: Number(setting(`${prefix}_MAX_EXPORT_BATCH_SIZE`) ?? 1_024),
    delayMs: Number(setting(`${prefix}_SCHEDULE_DELAY`) ?? 500),
  });
  queues.push(queue);
  return queue;
}
