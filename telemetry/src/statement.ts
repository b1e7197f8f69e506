// The exported description of a statement of any database: its text without values, or only its summary.
import { describeSql, maxTextLength } from './sql-text.ts';

/** Systems whose literals follow PostgreSQL's lexical rules. */
const postgresql = /^(pg|pgnative|postgres|postgresql|cockroachdb|yugabytedb|(aws\.)?redshift)$/i;
/** Systems with an SQL dialect. In statements of other systems, keys cannot be told from keywords. */
const sql = /sql|oracle|db2|cassandra|clickhouse|spanner|snowflake|trino|presto|tedious|^(h2|hive|derby|teradata|vertica)/i;

interface Statement {
  text: string | undefined;
  /** The operation and its target in a few words. */
  summary: string | undefined;
}

/** @param system the value of `db.system.name` */
export function describeStatement(system: string, statement: string): Statement {
  if (postgresql.test(system)) return describeSql(statement);
  if (!sql.test(system)) {
    const command = /^\s*([a-z_.-]{1,64})(?![\w:])/i.exec(statement)?.[1];
    return { text: statement.trim() === command ? command : undefined, summary: command };
  }
  const text = statement.slice(0, maxTextLength); // of a longer statement, only the summary is exported
  if (text === statement && !hasValue(text)) return { text, summary: describeSql(text).summary };
  return { text: undefined, summary: describeSql(text.slice(0, text.search(/['"#]|--|\/\*|$/))).summary };
}

/**
 * Whether a statement may contain a value. Quotes delimit strings in one system and names in another, so every quote counts as a value,
 * as does every number and comment. Placeholders (`$1`, `:name`, `@P1`, `?`), unquoted names and names in backticks do not count.
 */
function hasValue(text: string): boolean {
  return /['"#\d]|--|\/\*|\$\$/.test(text.replace(/`[^`'"]*`|[$:@][a-z_]*\d*|[a-z_][\w$]*/gi, ''));
}
