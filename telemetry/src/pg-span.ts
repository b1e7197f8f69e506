// Name and attributes of a query's span: the server, the database, and a summary of the statement.
import { type Attributes, INVALID_SPANID, SpanKind, type Tracer, trace } from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import {
  ATTR_DB_NAMESPACE,
  ATTR_DB_QUERY_SUMMARY,
  ATTR_DB_QUERY_TEXT,
  ATTR_DB_SYSTEM_NAME,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  DB_SYSTEM_NAME_VALUE_POSTGRESQL,
} from '@opentelemetry/semantic-conventions';
import { startSpan } from './adopted-attributes.ts';
import { databaseOperationDuration } from './metrics-duration.ts';
import type { Call } from './pg-call.ts';
import { describeSql } from './sql-text.ts';

/** The properties of pg's Client that are read here. */
export interface PgClient {
  host?: unknown;
  port?: unknown;
  database?: unknown;
  connectionParameters?: { query_timeout?: unknown };
  /** Prepared statements of `pg.native`. */
  namedQueries?: Record<string, unknown>;
  connection?: { parsedStatements?: Record<string, unknown>; submittedNamedStatements?: Record<string, unknown> };
}

/** The properties that are read of a query: pg's own, a cursor, or a stream that wraps a cursor. */
export interface PgQuery {
  text?: unknown;
  name?: unknown;
  cursor?: { text?: unknown };
}

/** Starts the span of a call if its caller is in a trace, and its duration measurement if metrics are enabled. */
export function startQuery(tracer: Tracer, client: PgClient, query: PgQuery, call: Call): void {
  const { context: caller } = call;
  const parent = trace.getSpanContext(caller);
  const isTraced = parent !== undefined && parent.spanId !== INVALID_SPANID;
  if (!isTraced && (!databaseOperationDuration.isMeasured || isTracingSuppressed(caller))) return;

  const attributes: Attributes = {}; // filled one by one: V8 takes much longer for computed names in a literal
  attributes[ATTR_DB_SYSTEM_NAME] = DB_SYSTEM_NAME_VALUE_POSTGRESQL;
  if (typeof client.database === 'string' && client.database) attributes[ATTR_DB_NAMESPACE] = client.database;
  addServer(attributes, client);
  const text = textOf(query, client);
  const described = text === undefined ? undefined : describeSql(text);
  if (described?.summary) attributes[ATTR_DB_QUERY_SUMMARY] = described.summary;
  if (described) attributes[ATTR_DB_QUERY_TEXT] = described.text;
  const name = described?.summary ?? DB_SYSTEM_NAME_VALUE_POSTGRESQL;
  if (isTraced) call.span = startSpan(tracer, name, SpanKind.CLIENT, attributes, caller);
  call.measurement = databaseOperationDuration.start(attributes, caller);
}

function addServer(attributes: Attributes, { host, port }: PgClient): void {
  if (typeof host !== 'string' || !host) return;
  if (host.startsWith('/')) {
    attributes[ATTR_SERVER_ADDRESS] = `${host}/.s.PGSQL.${port}`; // the port is part of the file name of a Unix domain socket
    return;
  }
  attributes[ATTR_SERVER_ADDRESS] = host;
  if (Number.isInteger(Number(port))) attributes[ATTR_SERVER_PORT] = Number(port);
}

/** Looks up the text of a prepared statement that is executed by its name alone. */
function textOf({ text, name, cursor }: PgQuery, { connection, namedQueries }: PgClient): string | undefined {
  if (typeof text === 'string' && text) return text;
  if (typeof cursor?.text === 'string') return cursor.text;
  if (typeof name !== 'string') return undefined;
  const prepared = connection?.parsedStatements?.[name] ?? connection?.submittedNamedStatements?.[name] ?? namedQueries?.[name];
  return typeof prepared === 'string' ? prepared : undefined;
}
