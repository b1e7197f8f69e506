// A logger of the SDK with its records in memory.
import { context, type Logger, logs } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { LoggerProvider, type LogRecordLimits, type ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { guardLogs } from '../../src/guarded-logs.ts';

interface InMemoryLogs {
  provider: LoggerProvider;
  logger: Logger;
  /** @returns the records since its last call */
  take(): ReadableLogRecord[];
}

export function startInMemoryLogs(logRecordLimits?: LogRecordLimits): InMemoryLogs {
  guardLogs();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const records: ReadableLogRecord[] = [];
  const processor = {
    onEmit: (record: ReadableLogRecord) => records.push(record),
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  const provider = new LoggerProvider({ processors: [processor as never], ...(logRecordLimits && { logRecordLimits }) });
  logs.setGlobalLoggerProvider(provider);
  return { provider, logger: provider.getLogger('test'), take: () => records.splice(0) };
}
