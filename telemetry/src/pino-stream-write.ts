// Observes the result of `hooks.streamWrite`, which pino passes to its stream, without changing the logger or its hooks.
import type { AsJson, PinoLogger, Symbols } from './pino-internals.ts';

type StreamWrite = (line: string) => unknown;

/**
 * Returns an object on which pino's `write` can run instead of the logger. It inherits everything from the logger, and functions of the
 * application that `write` calls receive the logger itself.
 *
 * @param asJson formats the line
 * @param onWritten called with the result of the hook
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
    const stream = logger[streamSym] as { lastLogger?: unknown }; // set by pino on streams that request metadata
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
