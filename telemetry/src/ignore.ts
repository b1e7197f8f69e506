// Which requests are not traced: by path, by pattern, or by a function of the application.
import type { IncomingMessage } from 'node:http';
import { types } from 'node:util';
import { diag } from '@opentelemetry/api';

/**
 * - a text is the path of the request; `*` in it stands for any characters, slashes included: `/healthz`, `/assets/*`
 * - a regular expression is tested against the path
 * - a function gets the request of Node.js, before Fastify has routed it, and returns `true` to ignore it
 *
 * A path has neither query nor fragment. The running time of regular expressions and functions is that of the application.
 */
export type Ignore = string | RegExp | ((request: IncomingMessage) => boolean);

/** The request as a proxy, `rewriteUrl` or an injected request leaves it. */
type Request = IncomingMessage & { originalUrl?: string };
type Matcher = (path: string, request: IncomingMessage) => boolean;

/** What is tested of a path: it is the client's text, and the time that a regular expression takes may grow with it. */
const maxPathLength = 1_024;

/** Completes "expected …". */
export const expectedIgnore = 'a path such as /healthz or /assets/*, a regular expression or a function';

export function isIgnore(value: unknown): value is Ignore {
  return typeof value === 'function' || types.isRegExp(value) || (typeof value === 'string' && value !== '');
}

/**
 * @param ignored valid by `isIgnore`
 * @returns whether a request is not traced; never throws. Undefined where there is nothing to ignore
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

/** A regular expression that is global or sticky goes on where it has stopped: without these flags it does not. */
function ofExpression({ source, flags }: RegExp): Matcher {
  const expression = new RegExp(source, flags.replace(/[gy]/g, ''));
  return (path) => expression.test(path);
}

/** One that throws ignores nothing. Nor does one that returns anything but `true`, such as a promise. */
function isolate(matches: Matcher): Matcher {
  let hasFailed = false;
  const report = (message: string, cause: unknown) => {
    if (!hasFailed) diag.warn(message, cause);
    hasFailed = true;
  };
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

/** In time proportional to the path: each text between stars is found once, as early as it can be. */
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
