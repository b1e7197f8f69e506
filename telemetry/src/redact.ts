// Masks the values that the `redact` option names, whichever instrumentation has set them: attributes of spans, events and links, and
// attributes and bodies of log records.
// @pinojs/redact, which pino uses, does not fit: it treats dots in attribute names such as `http.request.header.authorization` as nesting,
// cannot match a name at any depth, and traverses values without a limit.
import { limits } from './bounded-value.ts';
import { type Pattern, parsePaths } from './redact-paths.ts';

/** Same options as pino's `redact`: https://github.com/pinojs/pino/blob/main/docs/redaction.md */
export interface RedactOptions {
  /** See `Redact`. */
  paths: string[];
  /** Replacement for a value. Default: `[Redacted]`. A function gets the value and the names that lead to it, and returns a string. */
  censor?: string | ((value: unknown, path: string[]) => string);
  /** Removes the properties instead of replacing their values. */
  remove?: boolean;
}

/**
 * Names and paths of the values to mask:
 *
 * - A name such as `password` is masked wherever it occurs: at any depth, and as a component of a dotted name (`user.password`).
 * - A path such as `user.email`, `req.headers["x-api-key"]`, `users[*].token` or `*.secret` is relative to the attributes of a span, event,
 *   link or log record, or to the body of a log record. `*` matches one name or index. Dots in attribute names also separate names, so
 *   `http.request.header.*` masks all headers that are recorded as attributes.
 *
 * Everything nested in a masked value is masked as well. Matching is case-insensitive.
 */
export type Redact = string[] | RedactOptions;

/** Returns a copy with values masked, or the value itself if nothing in it is masked. Never modifies its argument. */
export type Redactor = <Value>(value: Value) => Value;

type Path = readonly string[];
/** The patterns that match so far, each with the number of names matched. */
type Matches = readonly { pattern: Pattern; found: number }[];

const masked = Symbol('masked');
const defaultCensor = '[Redacted]';

/** Split names are cached, because applications use few distinct names. */
const maxCachedNames = 2_000;
const maxCachedLength = 256;

/** Deeper than any value that this package records. Deeper values, which only a processor of the application can add, are masked. */
const maxDepth = 2 * limits.depth;

/** @throws {TypeError} if a path is not valid */
export function createRedactor(redact: Redact): Redactor {
  const { paths, censor = defaultCensor, remove = false } = Array.isArray(redact) ? { paths: redact } : redact;
  const { names, patterns } = parsePaths(paths);
  const start: Matches = patterns.map((pattern) => ({ pattern, found: 0 }));
  const partsOf = createNameReader();

  /** @returns the patterns that still match with this name; `masked` if one matches completely */
  const step = (name: string, matches: Matches): Matches | typeof masked => {
    let current = matches;
    for (const part of partsOf(name)) {
      if (names.has(part)) return masked;
      if (current.length === 0) continue;
      const next: { pattern: Pattern; found: number }[] = [];
      for (const { pattern, found } of current) {
        if (pattern[found] !== '*' && pattern[found] !== part) continue;
        if (found + 1 === pattern.length) return masked;
        next.push({ pattern, found: found + 1 });
      }
      current = next;
    }
    return current;
  };

  const mask = (value: unknown, path: Path): string => {
    if (typeof censor === 'string') return censor;
    try {
      return String(censor(value, [...path]));
    } catch {
      return defaultCensor;
    }
  };

  const redactBelow = (value: object, matches: Matches, path: Path): unknown => {
    if (ArrayBuffer.isView(value)) return value;
    if (path.length > maxDepth) return mask(value, path);
    const isList = Array.isArray(value);
    if (isList && matches.length === 0 && !value.some(isObject)) return value;
    let copy: Record<string, unknown> | undefined;
    for (const name of Object.keys(value)) {
      const given = value[name as never] as unknown;
      const below = step(name, matches);
      if (below !== masked && !isObject(given)) continue;
      const pathOfGiven = [...path, name];
      const replaced = below === masked ? mask(given, pathOfGiven) : redactBelow(given as object, below, pathOfGiven);
      if (below !== masked && replaced === given) continue;
      copy ??= copyOf(value);
      if (below === masked && remove && !isList) delete copy[name];
      else define(copy, name, below === masked && remove ? null : replaced);
    }
    return copy ?? value;
  };

  return (value) => (isObject(value) ? redactBelow(value, start, []) : value) as typeof value;
}

function createNameReader(): (name: string) => Path {
  const cache = new Map<string, Path>();
  return (name) => {
    const cached = cache.get(name);
    if (cached) return cached;
    const parts = name.toLowerCase().split('.');
    if (cache.size >= maxCachedNames) cache.clear();
    if (name.length <= maxCachedLength) cache.set(name, parts);
    return parts;
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function copyOf(value: object): Record<string, unknown> {
  const copy = (Array.isArray(value) ? [] : {}) as Record<string, unknown>;
  for (const name of Object.keys(value)) define(copy, name, value[name as never]);
  return copy;
}

/** Avoids assignment, because assigning to `__proto__` would set the prototype. */
function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
}
