// The words of SQL by which a statement is summarized. https://www.postgresql.org/docs/current/sql-commands.html

export const longestKeyword = 'MATERIALIZED'.length;

/** These are summarized with their tables, and may hold a query. */
export const queries = new Set('SELECT INSERT UPDATE DELETE MERGE WITH VALUES TABLE EXPLAIN DECLARE PREPARE COPY'.split(' '));
/** These are followed by a type of object and its name. */
export const definitions = new Set('CREATE ALTER DROP REFRESH'.split(' '));
export const definedTypes = new Set('TABLE VIEW INDEX SEQUENCE TYPE FUNCTION PROCEDURE EXTENSION'.split(' '));
/** Their names are those of users, tenants or values: the type says enough. */
export const privateTypes = new Set(
  (
    'AGGREGATE CAST COLLATION DATABASE DOMAIN GROUP POLICY PUBLICATION ROLE RULE SCHEMA SERVER STATISTICS SUBSCRIPTION SYSTEM ' +
    'TABLESPACE TRIGGER USER'
  ).split(' '),
);
/** These are followed by names, and by nothing else that matters. */
export const commandsOnTables = new Set('TRUNCATE LOCK CALL'.split(' '));
/** What follows these is not looked at. Any other first word is no command of PostgreSQL, and may be anything. */
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
