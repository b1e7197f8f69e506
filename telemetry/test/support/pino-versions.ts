// The supported versions of pino, with functions to add and remove the instrumentation.
import { createRequire } from 'node:module';
import { context, trace } from '@opentelemetry/api';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import type pino from 'pino';
import { PinoInstrumentation } from '../../src/pino.ts';
import { startInMemoryLogs } from './log-records.ts';

const require = createRequire(import.meta.url);

export type Pino = typeof pino;

/** pino 9 is installed under another name. */
export const versions: [string, Pino][] = [
  ['pino 10', require('pino')],
  ['pino 9', require('pino9')],
];

const tracer = new TracerProvider().getTracer('test');
const span = tracer.startSpan('span');
export const { traceId, spanId } = span.spanContext();
export const ids = { trace_id: traceId, span_id: spanId, trace_flags: '01' };

export function tracePino(module: Pino, { exports = true }: { exports?: boolean } = {}) {
  const logs = startInMemoryLogs();
  const instrumentation = new PinoInstrumentation({ exports });
  instrumentation.setLoggerProvider(logs.provider);
  const [definition] = instrumentation.getModuleDefinitions();
  definition?.patch?.(module);
  return { take: logs.take, stop: () => definition?.unpatch?.(module) };
}

/** Collects the lines of a logger. */
export function collect(): { lines: string[]; stream: { write(line: string): void } } {
  const lines: string[] = [];
  return { lines, stream: { write: (line) => void lines.push(line) } };
}

export function inSpan<Result>(fn: () => Result): Result {
  return context.with(trace.setSpan(context.active(), span), fn);
}
