// Masks what the application names in the `redact` option, whichever instrumentation put it there: attributes of spans, of their events and
// links, attributes and bodies of log records.
// Not by the library that pino uses (@pinojs/redact): attribute names contain dots, such as `http.request.header.authorization`, which
// it reads as nested objects; it knows no name at any depth, and follows values without a limit.
import { limits } from './bounded-value.ts';
import { type Pattern, parsePaths } from './redact-paths.ts';

/** As for pino's `redact`: https://github.com/pinojs/pino/blob/main/docs/redaction.md */
export interface RedactOptions {
  /** See `Redact`. */
  paths: string[];
  /** Replaces a value, `[Redacted]` by default. A function gets the value and the names that lead to it, and returns a text. */
  censor?: string | ((value: unknown, path: string[]) => string);
  /** Leaves out the values, with their names, instead of replacing them. */
  remove?: boolean;
}

/**
 * What is masked, by its name or its path:
 *
 * - a name such as `password` is masked wherever it occurs: at any depth, and as a part of a name with dots (`user.password`)
 * - a path such as `user.email`, `req.headers["x-api-key"]`, `users[*].token` or `*.secret` is masked where it starts at the attributes of a
 *   span, event, link or log record, or at its body. `*` stands for one name or index, and a dot in the name of an attribute
 *   separates names too, so `http.request.header.*` masks the headers that are attributes
 *
 * All that is below is masked as well. Upper and lower case are the same.
 */
export type Redact = string[] | RedactOptions;

/** Changes nothing that it is given. @returns the value itself where nothing in it is masked */
export type Redactor = <Value>(value: Value) => Value;

type Path = readonly string[];
/** The patterns that fit so far, each with the number of its names that were found. */
type Matches = readonly { pattern: Pattern; found: number }[];

const masked = Symbol('masked');
const defaultCensor = '[Redacted]';

/** Names are read once, as far as there is room: there are few. */
const maxCachedNames = 2_000;
const maxCachedLength = 256;

/** Deeper than any value of ours; what lies there, put there by a processor of the application, is masked. */
const maxDepth = 2 * limits.depth;

/** @throws TypeError where a path is not valid */
export function createRedactor(redact: Redact): Redactor {
  const { paths, censor = defaultCensor, remove = false } = Array.isArray(redact) ? { paths: redact } : redact;
  const { names, patterns } = parsePaths(paths);
  const start: Matches = patterns.map((pattern) => ({ pattern, found: 0 }));
  const partsOf = createNameReader();

  /** @returns the patterns that fit with this name, or `masked` */
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

/** Not by assignment: `__proto__` would set the prototype. */
function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
}
