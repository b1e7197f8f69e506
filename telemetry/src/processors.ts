// Defines the order in which processors see spans and log records. Masking always comes before export.
import { diag } from '@opentelemetry/api';
import type { LogRecordProcessor } from '@opentelemetry/sdk-logs';
import type { SpanProcessor } from '@opentelemetry/sdk-trace';
import { adoptAttributes, enableAdoption } from './adopted-attributes.ts';
import { once } from './once.ts';
import type { StartOptions } from './options.ts';
import { guardExceptions, keepPrivate } from './privacy.ts';
import { createRedactor } from './redact.ts';
import { redactLogRecords, redactSpans } from './redact-processors.ts';
import { setPreciseStart } from './span-clock.ts';

/** What this package does to each span before all other processors. */
const ownProcessor: SpanProcessor = {
  onStart(span, parentContext) {
    adoptAttributes(span);
    setPreciseStart(span, parentContext);
    guardExceptions(span);
  },
  onEnd: keepPrivate,
  forceFlush: async () => {},
  shutdown: async () => {},
};

/**
 * @param exporting the processors of OTEL_TRACES_EXPORTER
 * @returns an empty array if there is neither an exporter nor a processor of the application
 */
export function spanProcessors(
  exporting: SpanProcessor[],
  { redact, sampler, spanProcessors: given = [] }: StartOptions,
): SpanProcessor[] {
  if (exporting.length + given.length === 0) return [];
  const masking = redact ? [redactSpans(createRedactor(redact))] : [];
  if (!sampler) enableAdoption();
  return [ownProcessor, ...masking, ...given.map(isolateSpanProcessor), ...exporting];
}

/** @param exporting the processors of OTEL_LOGS_EXPORTER */
export function logRecordProcessors(
  exporting: LogRecordProcessor[],
  { redact, logRecordProcessors: given = [] }: StartOptions,
): LogRecordProcessor[] {
  const masking = redact ? [redactLogRecords(createRedactor(redact))] : [];
  // Records are masked again after the application's processors, because these may add attributes.
  return [...masking, ...given.map(isolateLogRecordProcessor), ...(given.length > 0 ? masking : []), ...exporting];
}

/** Logs the first error of an application's processor. Its errors drop no spans. */
function isolateSpanProcessor(processor: SpanProcessor): SpanProcessor {
  const guard = createGuard('option spanProcessors: a processor failed');
  return {
    onStart: (span, context) => guard(() => processor.onStart(span, context)),
    onEnd: (span) => guard(() => processor.onEnd(span)),
    ...(processor.onEnding && { onEnding: (span) => guard(() => processor.onEnding?.(span)) }),
    forceFlush: async () => processor.forceFlush?.(),
    shutdown: async () => processor.shutdown?.(),
  };
}

function isolateLogRecordProcessor(processor: LogRecordProcessor): LogRecordProcessor {
  const guard = createGuard('option logRecordProcessors: a processor failed');
  return {
    onEmit: (record, context) => guard(() => processor.onEmit(record, context)),
    forceFlush: async (options) => processor.forceFlush?.(options),
    shutdown: async () => processor.shutdown?.(),
  };
}

function createGuard(message: string): (call: () => void) => void {
  const onFailure = once((error: unknown) => diag.error(message, error));
  return (call) => {
    try {
      call();
    } catch (error) {
      onFailure(error);
    }
  };
}
