// One CLIENT span for a query to PostgreSQL, within a trace. In place of instrumentation-pg, which also makes spans for each connect,
// measures for metrics that nobody reads, and loses the context of a query that waits for a connection of the pool.
import { AsyncResource } from 'node:async_hooks';
import { context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { InstrumentationBase, InstrumentationNodeModuleDefinition } from '@opentelemetry/instrumentation';
import {
  ATTR_DB_NAMESPACE,
  ATTR_DB_QUERY_SUMMARY,
  ATTR_DB_QUERY_TEXT,
  ATTR_DB_RESPONSE_STATUS_CODE,
  ATTR_DB_SYSTEM_NAME,
  ATTR_ERROR_TYPE,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  DB_SYSTEM_NAME_VALUE_POSTGRESQL,
} from '@opentelemetry/semantic-conventions';
import type { Client, Pool } from 'pg';
import { setAttributes } from './set-attributes.ts';
import { summarize } from './sql-summary.ts';

type Callback = (error?: (Error & { code?: string }) | null, result?: unknown) => void;
type Query = (this: Client, ...args: unknown[]) => unknown;
type Connect = (this: Pool, callback?: (...results: unknown[]) => void) => unknown;

export class PgInstrumentation extends InstrumentationBase {
  constructor() {
    super('telemetry/pg', '1.0.0', {});
  }

  protected init(): InstrumentationNodeModuleDefinition {
    return new InstrumentationNodeModuleDefinition('pg', ['>=8.11.0 <9'], (module) => {
      const pg = module[Symbol.toStringTag] === 'Module' ? module.default : module; // as ES module, or by require
      this._wrap(pg.Client.prototype, 'query', (original: Query) => tracedQuery(original, this.tracer));
      this._wrap(pg.Pool.prototype, 'connect', boundConnect);
      return module;
    });
  }
}

function tracedQuery(original: Query, tracer: InstrumentationBase['tracer']): Query {
  return function query(...args) {
    const parent = context.active();
    const { text, callbackAt } = read(args);
    if (text === undefined || !trace.getSpan(parent)) return original.apply(this, args);

    const summary = summarize(text);
    const span = tracer.startSpan(summary, { kind: SpanKind.CLIENT }, parent);
    setAttributes(span, () => ({
      [ATTR_DB_SYSTEM_NAME]: DB_SYSTEM_NAME_VALUE_POSTGRESQL,
      [ATTR_DB_NAMESPACE]: this.database,
      [ATTR_DB_QUERY_SUMMARY]: summary,
      [ATTR_DB_QUERY_TEXT]: text, // with $1 for the values, where the service gives them apart
      [ATTR_SERVER_ADDRESS]: this.host,
      [ATTR_SERVER_PORT]: this.port,
    }));

    if (callbackAt >= 0) {
      args[callbackAt] = ending(span, args[callbackAt] as Callback);
      return original.apply(this, args);
    }
    return (original.apply(this, args) as Promise<unknown>).then(
      (result) => {
        span.end();
        return result;
      },
      (error) => {
        fail(span, error);
        throw error;
      },
    );
  };
}

/** A cursor or a stream of rows (something with `submit`) is no single query: it has no text here, and gets no span. */
function read(args: unknown[]): { text: string | undefined; callbackAt: number } {
  const [query] = args as [string | { text?: string; submit?: unknown; callback?: unknown } | undefined];
  const callbackAt = typeof args[1] === 'function' ? 1 : typeof args[2] === 'function' ? 2 : -1;
  if (typeof query === 'string') return { text: query, callbackAt };
  const isPlain = typeof query === 'object' && query !== null && !query.submit && !query.callback;
  return { text: isPlain ? query.text : undefined, callbackAt };
}

function ending(span: Span, callback: Callback): Callback {
  const scope = new AsyncResource('pg.query');
  return (error, result) => {
    if (error) fail(span, error);
    else span.end();
    scope.runInAsyncScope(callback, undefined, error, result);
  };
}

/** The message is left to the log: PostgreSQL quotes values in it. https://www.postgresql.org/docs/current/errcodes-appendix.html */
function fail(span: Span, { code, name }: Error & { code?: string }): void {
  setAttributes(span, () => ({ [ATTR_ERROR_TYPE]: code ?? name, [ATTR_DB_RESPONSE_STATUS_CODE]: code }));
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

/** Who waits for a connection goes on in the context it came with, not in that of whoever gave the connection back. */
function boundConnect(original: Connect): Connect {
  return function connect(callback) {
    if (!callback) return original.call(this); // a promise keeps the context by itself
    const scope = new AsyncResource('pg.connect');
    return original.call(this, (...results) => scope.runInAsyncScope(callback, undefined, ...results));
  };
}
