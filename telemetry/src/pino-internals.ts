// Internals of pino 9 and 10, which are stored under the symbols in `pino.symbols`.
import type pino from 'pino';
import type { Logger } from 'pino';
import { attempt } from './attempt.ts';

const names = [
  'asJsonSym',
  'writeSym',
  'timeSym',
  'streamSym',
  'hooksSym',
  'mixinSym',
  'endSym',
  'messageKeySym',
  'errorKeySym',
  'nestedKeySym',
] as const;

export type Symbols = Record<(typeof names)[number], symbol>;

/** A logger. Child loggers inherit from their parents, and all loggers share one prototype. */
export type PinoLogger = Logger & Record<symbol, unknown>;
/** @returns the line, including its line terminator */
export type AsJson = (this: PinoLogger, object: unknown, message: unknown, level: number, time: string) => string;
export type Write = (this: PinoLogger, object: unknown, message: unknown, level: number) => void;

export interface PinoInternals {
  symbols: Symbols;
  /** The prototype that has the methods which format and write a line. */
  prototype: Record<symbol, unknown>;
}

/** @returns undefined if the module's internals differ, such as those of a mock */
export function internalsOf(module: typeof pino): PinoInternals | undefined {
  return attempt(() => {
    const symbols = module.symbols as unknown as Symbols;
    if (!names.every((name) => typeof symbols[name] === 'symbol')) return undefined;
    const prototype = prototypeOf(module, symbols);
    return prototype && { symbols, prototype };
  });
}

function prototypeOf(module: typeof pino, { asJsonSym, writeSym }: Symbols): PinoInternals['prototype'] | undefined {
  const logger = module({ level: 'silent', base: null, timestamp: false }, { write: () => {} });
  for (let prototype = Object.getPrototypeOf(logger); prototype !== null; prototype = Object.getPrototypeOf(prototype)) {
    const isOwn = (symbol: symbol) => Object.hasOwn(prototype, symbol) && typeof prototype[symbol] === 'function';
    if (isOwn(asJsonSym) && isOwn(writeSym)) return prototype;
  }
  return undefined;
}
