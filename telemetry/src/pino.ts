// Each line of pino gets the ids of its trace and span, and becomes a log record, from the line itself: what pino redacts is redacted there too.
// In place of instrumentation-pino, which checks those ids for each line, and for the records would write and parse it in a stream of its own.
import { type AnyValue, diag, INVALID_TRACEID, logs, SeverityNumber, type SpanContext, trace } from '@opentelemetry/api';
import { InstrumentationBase, InstrumentationNodeModuleDefinition } from '@opentelemetry/instrumentation';
import type pino from 'pino';
import type { Logger } from 'pino';

type Pino = typeof pino;
type Symbols = Record<'asJsonSym' | 'mixinSym' | 'messageKeySym' | 'errorKeySym', symbol>;
/** What a logger keeps under pino's symbols; child loggers inherit it. */
type Inside = Logger & Record<symbol, unknown>;
type Mixin = (...args: unknown[]) => object;
type AsJson = (this: Inside, object: unknown, message: unknown, level: number, time: string) => string;

/** Told by the record itself, or by the resource. */
const known = new Set(['level', 'time', 'pid', 'hostname', 'trace_id', 'span_id', 'trace_flags']);

export class PinoInstrumentation extends InstrumentationBase {
  readonly #exports: boolean;

  /** @param exports whether lines are log records too */
  constructor({ exports }: { exports: boolean }) {
    super('telemetry/pino', '1.0.0', {});
    this.#exports = exports;
  }

  protected init(): InstrumentationNodeModuleDefinition {
    return new InstrumentationNodeModuleDefinition('pino', ['>=9 <11'], (module) => {
      const isEsModule = module[Symbol.toStringTag] === 'Module';
      const original: Pino = isEsModule ? module.default : module;
      const traced = Object.assign(
        (...args: Parameters<Pino>) => this.#trace(original(...args) as unknown as Logger, original),
        original,
      );
      traced.default = traced as never;
      traced.pino = traced as never;
      if (!isEsModule) return traced;
      module.default = traced;
      module.pino = traced;
      return module;
    });
  }

  #trace(logger: Logger, { symbols }: Pino): Logger {
    const { asJsonSym, mixinSym } = symbols as unknown as Symbols;
    const inside = logger as Inside;
    inside[mixinSym] = withIds(inside[mixinSym] as Mixin | undefined);
    if (this.#exports) inside[asJsonSym] = exporting(inside[asJsonSym] as AsJson, symbols as unknown as Symbols);
    return logger;
  }
}

function withIds(own: Mixin | undefined): Mixin {
  return (...args) => {
    const ids = idsOf(trace.getActiveSpan()?.spanContext());
    return own ? Object.assign(ids, own(...args)) : ids;
  };
}

function idsOf(span: SpanContext | undefined): object {
  if (!span || span.traceId === INVALID_TRACEID) return {}; // within what is not traced
  return { trace_id: span.traceId, span_id: span.spanId, trace_flags: `0${span.traceFlags.toString(16)}` };
}

function exporting(asJson: AsJson, { messageKeySym, errorKeySym }: Symbols): AsJson {
  const records = logs.getLogger('telemetry/pino');
  return function (object, message, level, time) {
    const text = asJson.call(this, object, message, level, time);
    const line = parse(text);
    if (!line) return text;
    const messageKey = this[messageKeySym] as string;
    const errorKey = this[errorKeySym] as string;
    const attributes: Record<string, AnyValue> = {};
    for (const key in line) if (!known.has(key) && key !== messageKey && key !== errorKey) attributes[key] = line[key];
    records.emit({
      timestamp: millisecondsOf(line.time),
      severityNumber: severityOf(level),
      severityText: this.levels.labels[level] as string,
      body: line[messageKey],
      attributes,
      exception: exceptionOf(line[errorKey]),
    });
    return text;
  };
}

function parse(text: string): Record<string, AnyValue> | undefined {
  try {
    return JSON.parse(text);
  } catch (error) {
    diag.warn('a line of pino is no JSON, and not exported', error); // it is the service's to write such lines
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
