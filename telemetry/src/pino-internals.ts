// What pino 9 and 10 store under symbols, which `pino.symbols` publishes.
import type pino from 'pino';
import type { Logger } from 'pino';

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

/** A logger; child loggers inherit from their parents, and all from one prototype. */
export type PinoLogger = Logger & Record<symbol, unknown>;
/** @returns the line, with its end */
export type AsJson = (this: PinoLogger, object: unknown, message: unknown, level: number, time: string) => string;
export type Write = (this: PinoLogger, object: unknown, message: unknown, level: number) => void;

export interface PinoInternals {
  symbols: Symbols;
  /** Has the two methods that format a line and write it. */
  prototype: Record<symbol, unknown>;
}

/** @returns undefined for a pino that is built differently, such as a test's replacement */
export function internalsOf(module: typeof pino): PinoInternals | undefined {
  try {
    const symbols = module.symbols as unknown as Symbols;
    if (!names.every((name) => typeof symbols[name] === 'symbol')) return undefined;
    const prototype = prototypeOf(module, symbols);
    return prototype && { symbols, prototype };
  } catch {
    return undefined;
  }
}

function prototypeOf(module: typeof pino, { asJsonSym, writeSym }: Symbols): PinoInternals['prototype'] | undefined {
  const logger = module({ level: 'silent', base: null, timestamp: false }, { write: () => {} });
  for (let prototype = Object.getPrototypeOf(logger); prototype !== null; prototype = Object.getPrototypeOf(prototype)) {
    const isOwn = (symbol: symbol) => Object.hasOwn(prototype, symbol) && typeof prototype[symbol] === 'function';
    if (isOwn(asJsonSym) && isOwn(writeSym)) return prototype;
  }
  return undefined;
}
