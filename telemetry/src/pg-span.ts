// What the span of a query says: where it went, and what it does to which tables.
import { type Attributes, type Context, INVALID_SPANID, type Span, SpanKind, type Tracer, trace } from '@opentelemetry/api';
import {
  ATTR_DB_NAMESPACE,
  ATTR_DB_QUERY_SUMMARY,
  ATTR_DB_QUERY_TEXT,
  ATTR_DB_SYSTEM_NAME,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  DB_SYSTEM_NAME_VALUE_POSTGRESQL,
} from '@opentelemetry/semantic-conventions';
import { describeSql } from './sql-text.ts';

/** What is read of pg's Client. */
export interface PgClient {
  host?: unknown;
  port?: unknown;
  database?: unknown;
  connectionParameters?: { query_timeout?: unknown };
  /** Of `pg.native`. */
  namedQueries?: Record<string, unknown>;
  connection?: { parsedStatements?: Record<string, unknown>; submittedNamedStatements?: Record<string, unknown> };
}

/** What is read of a query: pg's own, a cursor, or a stream around a cursor. */
export interface PgQuery {
  text?: unknown;
  name?: unknown;
  cursor?: { text?: unknown };
}

/** @returns undefined where the caller is in no trace */
export function startQuerySpan(tracer: Tracer, client: PgClient, query: PgQuery, caller: Context): Span | undefined {
  const parent = trace.getSpanContext(caller);
  if (!parent || parent.spanId === INVALID_SPANID) return undefined;

  const attributes: Attributes = { [ATTR_DB_SYSTEM_NAME]: DB_SYSTEM_NAME_VALUE_POSTGRESQL };
  if (typeof client.database === 'string' && client.database) attributes[ATTR_DB_NAMESPACE] = client.database;
  addServer(attributes, client);
  const text = textOf(query, client);
  if (text === undefined) return tracer.startSpan(DB_SYSTEM_NAME_VALUE_POSTGRESQL, { kind: SpanKind.CLIENT, attributes }, caller);

  const described = describeSql(text);
  if (described.summary) attributes[ATTR_DB_QUERY_SUMMARY] = described.summary;
  attributes[ATTR_DB_QUERY_TEXT] = described.text;
  const name = described.summary ?? DB_SYSTEM_NAME_VALUE_POSTGRESQL;
  return tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }, caller);
}

function addServer(attributes: Attributes, { host, port }: PgClient): void {
  if (typeof host !== 'string' || !host) return;
  if (host.startsWith('/')) {
    attributes[ATTR_SERVER_ADDRESS] = `${host}/.s.PGSQL.${port}`; // a Unix domain socket has no port but a name
    return;
  }
  attributes[ATTR_SERVER_ADDRESS] = host;
  if (Number.isInteger(Number(port))) attributes[ATTR_SERVER_PORT] = Number(port);
}

/** A prepared statement may be executed by its name alone. */
function textOf({ text, name, cursor }: PgQuery, { connection, namedQueries }: PgClient): string | undefined {
  if (typeof text === 'string' && text) return text;
  if (typeof cursor?.text === 'string') return cursor.text;
  if (typeof name !== 'string') return undefined;
  const prepared = connection?.parsedStatements?.[name] ?? connection?.submittedNamedStatements?.[name] ?? namedQueries?.[name];
  return typeof prepared === 'string' ? prepared : undefined;
}
