// Wraps the two pino methods that every line passes through: `asJson`, which formats it, and `write`, which passes it to the stream.
import type { Logger } from '@opentelemetry/api';
import type { AsJson, PinoInternals, PinoLogger, Write } from './pino-internals.ts';
import { LineTracer } from './pino-line-tracer.ts';
import { observeStreamWrite } from './pino-stream-write.ts';

/**
 * @param getRecords returns the logger that exports the lines; undefined if they are not exported
 * @returns a function that restores pino's own methods
 */
export function wrapMethods({ prototype, symbols }: PinoInternals, getRecords: () => Logger | undefined): () => void {
  const { asJsonSym, writeSym, hooksSym } = symbols;
  const own = { asJson: prototype[asJsonSym] as AsJson, write: prototype[writeSym] as Write };
  const tracer = new LineTracer(symbols);
  let isEnabled = true; // another wrapper may still call these after they are restored

  const asJson: AsJson = function (object, message, level, time) {
    const text = own.asJson.call(this, object, message, level, time);
    return isEnabled ? tracer.trace(this, text, level, time, getRecords()) : text;
  };

  const write: Write = function (object, message, level) {
    const records = isEnabled && hasStreamWrite(this, hooksSym) ? getRecords() : undefined;
    if (!records) return own.write.call(this, object, message, level);
    let time = '';
    const format: AsJson = (...args) => {
      time = args[3];
      const method = this[asJsonSym] as AsJson;
      const text = (method === asJson ? own.asJson : method).apply(this, args);
      return tracer.trace(this, text, level, time, undefined);
    };
    const view = observeStreamWrite(this, symbols, format, (written) =>
      tracer.exportWritten(this, written, level, time, records),
    );
    return own.write.call(view, object, message, level);
  };

  Object.assign(prototype, { [asJsonSym]: asJson, [writeSym]: write });
  return () => {
    isEnabled = false;
    if (prototype[asJsonSym] === asJson) prototype[asJsonSym] = own.asJson;
    if (prototype[writeSym] === write) prototype[writeSym] = own.write;
  };
}

function hasStreamWrite(logger: PinoLogger, hooksSym: symbol): boolean {
  return typeof (logger[hooksSym] as { streamWrite?: unknown } | undefined)?.streamWrite === 'function';
}
