// The `ignore` option: selects requests that are not traced, by path, pattern or function.
import type { IncomingMessage } from 'node:http';
import { types } from 'node:util';
import { diag } from '@opentelemetry/api';
import { once } from './once.ts';

/**
 * - A string is compared with the path of the request. `*` matches any characters, including slashes: `/healthz`, `/assets/*`.
 * - A regular expression is tested against the path.
 * - A function gets the Node.js request before Fastify has routed it, and returns `true` to ignore it.
 *
 * The path has neither query nor fragment. The application is responsible for the running time of its regular expressions and functions.
 */
export type Ignore = string | RegExp | ((request: IncomingMessage) => boolean);

/** Fastify stores the path before `rewriteUrl` in `originalUrl`. */
type Request = IncomingMessage & { originalUrl?: string };
type Matcher = (path: string, request: IncomingMessage) => boolean;

/** Only this many characters of a path are tested: clients choose the path, and the running time of a regular expression may grow with it. */
const maxPathLength = 1_024;

/** Completes "expected …". */
export const expectedIgnore = 'a path such as /healthz or /assets/*, a regular expression or a function';

export function isIgnore(value: unknown): value is Ignore {
  return typeof value === 'function' || types.isRegExp(value) || (typeof value === 'string' && value !== '');
}

/**
 * @param ignored values that `isIgnore` accepts
 * @returns a function that tells whether a request is ignored, and never throws; undefined if there is nothing to ignore
 */
export function compileIgnore(ignored: Ignore | Ignore[] | undefined): ((request: IncomingMessage) => boolean) | undefined {
  const all = [ignored ?? []].flat();
  if (all.length === 0) return undefined;
  const paths = new Set(all.filter((each) => typeof each === 'string' && !each.includes('*')));
  const matchers = all.filter((each) => typeof each !== 'string' || each.includes('*')).map(matcherOf);
  return (request) => {
    try {
      const path = pathOf(request);
      return paths.has(path) || matchers.some((matches) => matches(path, request));
    } catch (error) {
      diag.debug('the path of a request could not be read', error);
      return false;
    }
  };
}

function matcherOf(ignored: Ignore): Matcher {
  if (typeof ignored === 'string') return (path) => matchesPattern(path, ignored);
  return isolate(types.isRegExp(ignored) ? ofExpression(ignored) : (_path, request) => ignored(request));
}

/** Removes the global and sticky flags, because `test()` would otherwise start where the previous match ended. */
function ofExpression({ source, flags }: RegExp): Matcher {
  const expression = new RegExp(source, flags.replace(/[gy]/g, ''));
  return (path) => expression.test(path);
}

/** A matcher that throws, or returns anything but `true`, such as a promise, does not ignore the request. */
function isolate(matches: Matcher): Matcher {
  const report = once((message: string, cause: unknown) => diag.warn(message, cause));
  return (path, request) => {
    try {
      const result: unknown = matches(path, request);
      if (result !== true && typeof result === 'object' && result !== null) {
        report('a function given as `ignore` must return a boolean', typeof result);
        if (result instanceof Promise) result.catch(() => {});
      }
      return result === true;
    } catch (error) {
      report('a function given as `ignore` failed', error);
      return false;
    }
  };
}

function pathOf({ originalUrl, url = '/' }: Request): string {
  const given = originalUrl ?? url;
  const target = given.startsWith('/') || !URL.canParse(given) ? given : new URL(given).pathname;
  const end = target.search(/[?#]/);
  return target.slice(0, Math.min(end < 0 ? maxPathLength : end, maxPathLength));
}

/** Runs in time linear in the length of the path: each text between asterisks is searched once, from left to right. */
function matchesPattern(path: string, pattern: string): boolean {
  const [start = '', ...rest] = pattern.split('*');
  const end = rest.pop() ?? '';
  if (!path.startsWith(start) || !path.endsWith(end)) return false;
  let at = start.length;
  for (const text of rest) {
    const found = path.indexOf(text, at);
    if (found < 0) return false;
    at = found + text.length;
  }
  return at <= path.length - end.length;
}
