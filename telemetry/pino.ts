// Each line of pino becomes a log record, from the line itself: what pino redacts is redacted here too.
// pino announces it on a diagnostics channel; instrumentation-pino, which only adds trace_id and span_id here, would parse it in a stream of its own.
import { subscribe } from 'node:diagnostics_channel';
import { type AnyValue, diag, logs, SeverityNumber } from '@opentelemetry/api';
import type { Logger } from 'pino';

interface Line {
  instance: Logger;
  /** object, message, level, time */
  arguments: [unknown, unknown, number, string];
  result: string;
}

/** Told by the record itself, or by the resource. */
const known = new Set(['level', 'time', 'pid', 'hostname', 'trace_id', 'span_id', 'trace_flags']);

export function exportPinoLines(): void {
  const logger = logs.getLogger('telemetry/pino');
  subscribe('tracing:pino_asJson:end', (message) => {
    const { instance, arguments: args, result } = message as Line;
    if (!result) return; // what pino could not write down it has thrown at its caller
    const level = args[2];
    const { messageKey, errorKey } = keysOf(instance);
    const line = parse(result);
    if (!line) return;
    const attributes: Record<string, AnyValue> = {};
    for (const key in line) if (!known.has(key) && key !== messageKey && key !== errorKey) attributes[key] = line[key];
    logger.emit({
      timestamp: millisecondsOf(line.time),
      severityNumber: severityOf(level),
      severityText: instance.levels.labels[level] as string,
      body: line[messageKey],
      attributes,
      exception: exceptionOf(line[errorKey]),
    });
  });
}

function parse(text: string): Record<string, AnyValue> | undefined {
  try {
    return JSON.parse(text);
  } catch (error) {
    diag.warn('a line of pino is no JSON, and not exported', error); // a throw here would end the process
  }
}

/** pino's serializer writes the name of an error's class as `type`, where the SDK looks for `name`. */
function exceptionOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'type' in error ? { name: error.type, ...error } : error;
}

/** https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber: pino's 10 to 60 are four apart there. */
function severityOf(level: number): SeverityNumber {
  return Math.min(Math.max(Math.floor((level * 4) / 10) - 3, SeverityNumber.TRACE), SeverityNumber.FATAL4);
}

/** pino's own time functions give milliseconds, seconds, or ISO 8601. */
function millisecondsOf(time: unknown): number {
  if (typeof time === 'number') return time < 1e11 ? time * 1_000 : time;
  return Date.parse(String(time)) || Date.now();
}

/** pino keeps the names that a logger was given under symbols, which child loggers inherit. */
let symbols: { messageKey: symbol; errorKey: symbol } | undefined;

function keysOf(instance: object): { messageKey: string; errorKey: string } {
  symbols ??= { messageKey: symbolOf(instance, 'pino.messageKey'), errorKey: symbolOf(instance, 'pino.errorKey') };
  const of = instance as Record<symbol, string | undefined>;
  return { messageKey: of[symbols.messageKey] ?? 'msg', errorKey: of[symbols.errorKey] ?? 'err' };
}

function symbolOf(instance: object | null, description: string): symbol {
  if (instance === null) return Symbol(description);
  const own = Object.getOwnPropertySymbols(instance).find((symbol) => symbol.description === description);
  return own ?? symbolOf(Object.getPrototypeOf(instance), description);
}
