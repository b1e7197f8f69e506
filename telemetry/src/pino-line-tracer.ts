// Adds ids to a line and exports it as a log record. Never throws, because it runs within the application's logging call.
import { context, diag, type Logger, trace } from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import { emitBounded } from './guarded-logs.ts';
import { type Ids, idsIn } from './pino-ids.ts';
import type { PinoLogger, Symbols } from './pino-internals.ts';
import { addIds, isObjectLine, type Line, longestParsed, parseLine } from './pino-line.ts';
import { recordOf } from './pino-record.ts';

export class LineTracer {
  readonly #symbols: Symbols;

  constructor(symbols: Symbols) {
    this.#symbols = symbols;
  }

  /**
   * @param time as pino writes it: `,"time":1700000000000`, under any key; or an empty string
   * @param records logger that exports the line; undefined if the line is not exported, or only after `hooks.streamWrite` has changed it
   * @returns the line; with ids if a span is active
   */
  trace(logger: PinoLogger, text: string, level: number, time: string, records: Logger | undefined): string {
    try {
      const ids = idsIn(context.active());
      const line = records && parseLine(text);
      if (records) this.#export(logger, text, line, level, time, undefined, records);
      if (!ids || (records && !line && text.length <= longestParsed)) return text;
      const end = logger[this.#symbols.endSym] as string;
      const messageKey = logger[this.#symbols.messageKeySym] as string;
      return isObjectLine(text, end, messageKey, line) ? addIds(text, end, ids, line) : text;
    } catch (error) {
      diag.debug('failed to add ids to a line of pino', error);
      return text;
    }
  }

  /** @param written the result of `hooks.streamWrite`, which is exported instead of the original line */
  exportWritten(logger: PinoLogger, written: unknown, level: number, time: string, records: Logger): void {
    const text = Buffer.isBuffer(written) ? written.toString('utf8', 0, longestParsed + 1) : written;
    if (typeof text !== 'string' || text === '') return;
    this.#export(logger, text, parseLine(text), level, time, idsIn(context.active()), records);
  }

  #export(
    logger: PinoLogger,
    text: string,
    line: Line | undefined,
    level: number,
    time: string,
    added: Ids | undefined,
    records: Logger,
  ): void {
    try {
      const active = context.active();
      const record = recordOf(text, line, {
        level,
        label: logger.levels.labels[level],
        time,
        messageKey: logger[this.#symbols.messageKeySym] as string,
        errorKey: logger[this.#symbols.errorKeySym] as string,
        nestedKey: logger[this.#symbols.nestedKeySym] as string | null,
        added,
      });
      record.context = isTracingSuppressed(active) ? trace.deleteSpan(active) : active;
      emitBounded(records, record);
    } catch (error) {
      diag.debug('failed to export a line of pino', error);
    }
  }
}
