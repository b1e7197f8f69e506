// The SQL keywords that statement summaries are based on. https://www.postgresql.org/docs/current/sql-commands.html

export const longestKeyword = 'MATERIALIZED'.length;

/** Queries that are part of a summary wherever they occur, each with the tables that follow. */
export const operations = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'MERGE']);
/** Commands that are summarized with their tables, and that may contain a query. */
export const queries = new Set('SELECT INSERT UPDATE DELETE MERGE WITH VALUES TABLE EXPLAIN DECLARE PREPARE COPY'.split(' '));
/** Commands followed by an object type and a name. */
export const definitions = new Set('CREATE ALTER DROP REFRESH'.split(' '));
export const definedTypes = new Set('TABLE VIEW INDEX SEQUENCE TYPE FUNCTION PROCEDURE EXTENSION'.split(' '));
/** Object types whose names are omitted, because they may identify users, tenants or values. */
export const privateTypes = new Set(
  (
    'AGGREGATE CAST COLLATION DATABASE DOMAIN GROUP POLICY PUBLICATION ROLE RULE SCHEMA SERVER STATISTICS SUBSCRIPTION SYSTEM ' +
    'TABLESPACE TRIGGER USER'
  ).split(' '),
);
/** Commands followed by names only, as far as a summary is concerned. */
export const commandsOnTables = new Set('TRUNCATE LOCK CALL'.split(' '));
/** Commands that are summarized by this word alone. Any other first word is not a PostgreSQL command, so the text may be anything. */
export const commands = new Set(
  (
    'ABORT ANALYZE BEGIN CHECKPOINT CLOSE CLUSTER COMMENT COMMIT DEALLOCATE DISCARD DO END EXECUTE FETCH GRANT IMPORT LISTEN LOAD ' +
    'MOVE NOTIFY REASSIGN REINDEX RELEASE RESET REVOKE ROLLBACK SAVEPOINT SECURITY SET SHOW START UNLISTEN VACUUM'
  ).split(' '),
);

export const beforeWith = new Set(['(', 'AS', 'FOR', 'EXPLAIN', 'ANALYZE', 'VERBOSE']);
export const beforeName = new Set('ONLY LATERAL ROWS TABLE INTO IF NOT EXISTS CONCURRENTLY ON'.split(' '));
export const afterTables = new Set(
  'WHERE GROUP HAVING WINDOW UNION INTERSECT EXCEPT ORDER LIMIT OFFSET FETCH FOR RETURNING SET WHEN VALUES'.split(' '),
);
