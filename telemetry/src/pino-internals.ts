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
  pino: typeof pino;
  symbols: Symbols;
  /** Has the two methods that format a line and write it. */
  prototype: Record<symbol, unknown>;
}

/** @returns undefined for a pino that is built differently */
export function internalsOf(module: typeof pino): PinoInternals | undefined {
  const symbols = module.symbols as unknown as Symbols;
  if (!names.every((name) => typeof symbols?.[name] === 'symbol')) return undefined;
  const logger = module({ level: 'silent', base: null, timestamp: false }, { write: () => {} });
  for (let prototype = Object.getPrototypeOf(logger); prototype !== null; prototype = Object.getPrototypeOf(prototype)) {
    const isOurs = typeof prototype[symbols.asJsonSym] === 'function' && Object.hasOwn(prototype, symbols.asJsonSym);
    if (isOurs && Object.hasOwn(prototype, symbols.writeSym)) return { pino: module, symbols, prototype };
  }
  return undefined;
}
