// Delivers ended spans and emitted log records to the receiver: one SDK processor with its own queue for each signal.
import { TraceFlags } from '@opentelemetry/api';
import type { LogRecordExporter, LogRecordProcessor, ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace';
import { endpointOf, exportersOf } from './exporters.ts';
import { guardLogs } from './guarded-logs.ts';
import { guardSpans } from './guarded-spans.ts';
import { once } from './once.ts';
import { takeSerializationFailures } from './otlp.ts';
import { DeliveryQueue, type QueueOptions } from './queue.ts';
import { type Signal, setting } from './settings.ts';
import { sizeOf } from './size.ts';

/** Memory limit of each signal's queue, which applies if items are larger than usual. */
const maxBytes = 64 * 2 ** 20;
const defaultFlushTimeoutMs = 5_000;

type Item = ReadableSpan | ReadableLogRecord;

/** A queue, as used at the end of the process. */
interface Delivery {
  signal: Signal;
  queue: Pick<DeliveryQueue<Item>, 'pause' | 'isResponding' | 'pendingBatches' | 'markDelivered' | 'reportUndelivered'>;
}

/** The queue of each signal that is exported over OTLP. */
export const deliveries: Delivery[] = [];

/** Call this before each item, because any of them may be the first. */
export let noteItem = () => {};

/** @param listener called once, before the first span, log record or metric is to be delivered */
export function setOnFirstItem(listener: () => void): void {
  noteItem = once(listener);
}

/** @returns the span processor for NodeSDK; an empty array if OTEL_TRACES_EXPORTER does not include `otlp` */
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

/** @returns the log record processor for NodeSDK; an empty array if OTEL_LOGS_EXPORTER does not include `otlp` */
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

function openQueue<Each extends Item>(
  signal: Signal,
  what: string,
  prefix: 'OTEL_BSP' | 'OTEL_BLRP',
  createExporter: QueueOptions<Each>['createExporter'],
): DeliveryQueue<Each> | undefined {
  if (!exportersOf(signal).has('otlp')) return undefined;
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
