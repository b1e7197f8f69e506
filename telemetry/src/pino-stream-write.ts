// Reads what `hooks.streamWrite` returns, which pino hands to its stream, without a change to the logger or its hooks.
import type { AsJson, PinoLogger, Symbols } from './pino-internals.ts';

type StreamWrite = (line: string) => unknown;

/**
 * An object that pino's `write` can run on instead of the logger. It inherits everything; what `write` hands to the application's own
 * functions is the logger itself.
 *
 * @param asJson formats the line
 * @param onWritten called with what the hook returned
 */
export function observeStreamWrite(
  logger: PinoLogger,
  { hooksSym, mixinSym, timeSym, streamSym, asJsonSym }: Symbols,
  asJson: AsJson,
  onWritten: (written: unknown) => void,
): PinoLogger {
  const hooks = logger[hooksSym] as { streamWrite: StreamWrite };
  const { streamWrite } = hooks;
  const mixin = logger[mixinSym] as ((...args: unknown[]) => unknown) | undefined;
  const streamWriteAndObserve: StreamWrite = (line) => {
    const stream = logger[streamSym] as { lastLogger?: unknown }; // of streams that ask for metadata
    if (stream.lastLogger === view) stream.lastLogger = logger;
    const written = streamWrite(line);
    onWritten(written);
    return written;
  };
  const view: PinoLogger = Object.create(logger, {
    [hooksSym]: { value: Object.create(hooks, { streamWrite: { value: streamWriteAndObserve } }) },
    [timeSym]: { value: () => (logger[timeSym] as () => string)() },
    [asJsonSym]: { value: (...args: Parameters<AsJson>) => asJson.apply(logger, args) },
    ...(mixin && {
      [mixinSym]: { value: (...args: unknown[]) => mixin(...args.map((each) => (each === view ? logger : each))) },
    }),
  });
  return view;
}
