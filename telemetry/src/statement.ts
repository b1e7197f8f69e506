// What of a statement may leave the process: its text without values, or its summary alone.
import { describeSql } from './sql-text.ts';

/** A longer text is only summarized. */
const maxLength = 8_192;

/** Where the rules of PostgreSQL tell what is a literal. */
const postgresql = /^(pg|pgnative|postgres|postgresql|cockroachdb|yugabytedb|(aws\.)?redshift)$/i;
/** Where statements look like SQL. In others, a key is a word like any other. */
const sql = /sql|oracle|db2|cassandra|clickhouse|spanner|snowflake|trino|presto|tedious|^(h2|hive|derby|teradata|vertica)/i;

export interface Statement {
  text: string | undefined;
  /** What is done, and where, in a few words. */
  summary: string | undefined;
}

/** @param system the value of `db.system.name` */
export function describeStatement(system: string, statement: string): Statement {
  if (postgresql.test(system)) return describeSql(statement);
  if (!sql.test(system)) {
    const command = /^\s*([a-z_.-]{1,64})(?![\w:])/i.exec(statement)?.[1];
    return { text: statement.trim() === command ? command : undefined, summary: command };
  }
  const text = statement.slice(0, maxLength);
  if (text === statement && !hasValue(text)) return { text, summary: describeSql(text).summary };
  return { text: undefined, summary: describeSql(text.slice(0, text.search(/['"#]|--|\/\*|$/))).summary };
}

/**
 * Whether there may be a value: where one system starts a string, another one starts a name, so each quote counts, as does each number
 * and each comment. Placeholders (`$1`, `:name`, `@P1`, `?`), plain names and those in backticks do not.
 */
function hasValue(text: string): boolean {
  return /['"#\d]|--|\/\*|\$\$/.test(text.replace(/`[^`'"]*`|[$:@][a-z_]*\d*|[a-z_][\w$]*/gi, ''));
}
