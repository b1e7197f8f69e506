// Parses the names and paths of the `redact` option. The syntax is that of pino's option of the same name.
import { attempt } from './attempt.ts';

/** The lowercase names that lead to a value; `*` matches any one name. */
export type Pattern = string[];

/** One step of a path: `a`, `*`, `[0]`, `[*]`, `["a-b"]` or `['a-b']`. A dot precedes every name except the first. */
const step = /(?:^|\.|(?=\[))(?:([^.[\]"']+)|\[(?:(\*|\d+)|"([^"]+)"|'([^']+)')\])/y;

/** @throws {TypeError} if a path is not valid */
export function parsePaths(paths: string[]): { names: Set<string>; patterns: Pattern[] } {
  const names = new Set<string>();
  const patterns: Pattern[] = [];
  for (const path of paths) {
    const pattern = parse(path);
    const [name] = pattern;
    if (pattern.length === 1 && name !== undefined && name !== '*' && !path.startsWith('[')) names.add(name);
    else patterns.push(pattern);
  }
  return { names, patterns };
}

export function isRedactedPath(path: unknown): path is string {
  return attempt(() => parse(path)) !== undefined;
}

function parse(path: unknown): Pattern {
  const pattern: Pattern = [];
  if (typeof path === 'string') {
    step.lastIndex = 0;
    for (let at = 0; at < path.length; at = step.lastIndex) {
      const [, name, index, quoted, singleQuoted] = step.exec(path) ?? [];
      const found = name ?? index ?? quoted ?? singleQuoted;
      if (found === undefined) throw invalid(path);
      pattern.push(...found.toLowerCase().split('.')); // a quoted name with dots is matched like a path
    }
  }
  if (pattern.length === 0) throw invalid(path);
  return pattern;
}

function invalid(path: unknown): TypeError {
  return new TypeError(`not a name or path: ${typeof path === 'string' ? JSON.stringify(path.slice(0, 100)) : typeof path}`);
}
