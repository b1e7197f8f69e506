// From a finished span or an emitted log record to the receiver: the processors of the SDK, each with its queue.
import { TraceFlags } from '@opentelemetry/api';
import type { LogRecordExporter, LogRecordProcessor, ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace';
import { endpointOf, exporterOf } from './exporters.ts';
import { guardLogs } from './guarded-logs.ts';
import { guardSpans } from './guarded-spans.ts';
import { takeSerializationFailures } from './otlp.ts';
import { DeliveryQueue, type QueueOptions } from './queue.ts';
import { type Signal, setting } from './settings.ts';
import { sizeOf } from './size.ts';

/** What each signal may store, should its items be larger than usual. */
const maxBytes = 64 * 2 ** 20;
const defaultFlushTimeoutMs = 5_000;

type Item = ReadableSpan | ReadableLogRecord;

/** What the end of the process needs of a queue. */
export interface Delivery {
  signal: Signal;
  queue: Pick<DeliveryQueue<Item>, 'flush' | 'pause' | 'isReachable' | 'pendingBatches' | 'markDelivered' | 'reportUndelivered'>;
}

/** One for each signal that is exported over OTLP. */
export const deliveries: Delivery[] = [];

let onFirstItem = () => {};

/** @param listener called before there is anything to deliver: a span, a log record, a metric */
export function setOnFirstItem(listener: () => void): void {
  onFirstItem = listener;
}

/** Call it before each item, for any of them may be the first. */
export function noteItem(): void {
  const listener = onFirstItem;
  onFirstItem = () => {};
  listener();
}

/** The span processors for NodeSDK: one, or none with OTEL_TRACES_EXPORTER=none. */
export function deliverSpans(createExporter: () => SpanExporter): SpanProcessor[] {
  guardSpans();
  const queue = openQueue<ReadableSpan>('TRACES', 'spans', 'OTEL_BSP', createExporter);
  if (!queue) return [];
  return [
    {
      onStart: () => {},
      onEnd: (span) => {
        if (!(span.spanContext().traceFlags & TraceFlags.SAMPLED)) return;
        noteItem();
        queue.add(span);
      },
      forceFlush: () => queue.flush(defaultFlushTimeoutMs),
      shutdown: () => queue.flush(defaultFlushTimeoutMs),
    },
  ];
}

/** The log record processors for NodeSDK: one, or none with OTEL_LOGS_EXPORTER=none. */
export function deliverLogRecords(createExporter: () => LogRecordExporter): LogRecordProcessor[] {
  guardLogs();
  const queue = openQueue<ReadableLogRecord>('LOGS', 'log records', 'OTEL_BLRP', createExporter);
  if (!queue) return [];
  return [
    {
      onEmit: (record) => {
        noteItem();
        queue.add(record);
      },
      forceFlush: (options) => queue.flush(options?.timeoutMillis ?? defaultFlushTimeoutMs),
      shutdown: () => queue.flush(defaultFlushTimeoutMs),
    },
  ];
}

/** Sends everything that is stored; see DeliveryQueue.flush. Never rejects. */
export async function flush(timeoutMs = defaultFlushTimeoutMs): Promise<void> {
  await Promise.all(deliveries.map(({ queue }) => queue.flush(timeoutMs)));
}

function openQueue<Each extends Item>(
  signal: Signal,
  what: string,
  prefix: 'OTEL_BSP' | 'OTEL_BLRP',
  createExporter: QueueOptions<Each>['createExporter'],
): DeliveryQueue<Each> | undefined {
  if (exporterOf(signal) === 'none') return undefined;
  const queue = new DeliveryQueue<Each>({
    what,
    endpoint: endpointOf(signal),
    createExporter,
    takeSerializationFailures,
    maxItems: Number(setting(`${prefix}_MAX_QUEUE_SIZE`) ?? 16_384),
    maxBytes,
    sizeOf,
    maxBatchItems: Number(setting(`${prefix}_MAX_EXPORT_BATCH_SIZE`) ?? 1_024),
    delayMs: Number(setting(`${prefix}_SCHEDULE_DELAY`) ?? 500),
  });
  deliveries.push({ signal, queue: queue as unknown as Delivery['queue'] });
  return queue;
}
