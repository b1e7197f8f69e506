// https://opentelemetry.io/docs/specs/semconv/database/database-spans/#generating-a-summary-of-the-query
import { describe, expect, test } from 'vitest';
import { describeSql } from '../src/sql-text.ts';

const summaries: Record<string, [statement: string, summary: string | undefined][]> = {
  'names the operation and its table': [
    ['INSERT INTO numbers (value) VALUES ($1)', 'INSERT numbers'],
    ['select count(*) from numbers', 'SELECT numbers'],
    ['SELECT\n  id\nFROM\n  users', 'SELECT users'],
    ['UPDATE ONLY numbers SET value = 1', 'UPDATE numbers'],
    ['UPDATE a SET x = b.x FROM b', 'UPDATE a b'],
    ['DELETE FROM a.b WHERE c', 'DELETE a.b'],
    ['DELETE FROM a USING b WHERE a.id = b.id', 'DELETE a b'],
    ['MERGE INTO t USING s ON true WHEN MATCHED THEN UPDATE SET a = 1', 'MERGE t s'],
    ['TRUNCATE TABLE a, b CASCADE', 'TRUNCATE a b'],
    ['COPY t (a, b) FROM STDIN', 'COPY t'],
    ['COPY (SELECT * FROM t) TO STDOUT', 'COPY SELECT t'],
    ['CALL p($1)', 'CALL p'],
    ['LOCK TABLE a IN ACCESS SHARE MODE', 'LOCK a'],
    ['TABLE t', 'TABLE t'],
    ['SELECT a INTO n FROM o', 'SELECT n o'],
  ],
  'names each table of a query': [
    ['SELECT * FROM songs, artists WHERE songs.artist_id = artists.id ORDER BY a, b', 'SELECT songs artists'],
    ['SELECT a FROM b JOIN c ON true LEFT JOIN d USING (id)', 'SELECT b c d'],
    ['SELECT * FROM (a CROSS JOIN b), ONLY c x, LATERAL f(1) g', 'SELECT a b c'],
    ['SELECT * FROM a FOR UPDATE OF a, b', 'SELECT a'],
  ],
  'names each operation of a statement': [
    ['INSERT INTO a (x, y) SELECT x, y FROM b WHERE c = $1', 'INSERT a SELECT b'],
    ['SELECT d FROM (SELECT * FROM o JOIN c ON true) x', 'SELECT SELECT o c'],
    ['SELECT (SELECT count(*) FROM o WHERE o.a = c.id) n FROM c', 'SELECT SELECT o c'],
    ['SELECT * FROM a WHERE id IN (SELECT id FROM b) UNION SELECT * FROM c', 'SELECT a SELECT b SELECT c'],
    ['EXPLAIN (ANALYZE, BUFFERS) UPDATE t SET a = 1', 'EXPLAIN UPDATE t'],
    ['DECLARE c CURSOR FOR SELECT * FROM t', 'DECLARE SELECT t'],
    ['PREPARE x AS DELETE FROM t', 'PREPARE DELETE t'],
    ['CREATE TABLE x AS SELECT * FROM y', 'CREATE TABLE x SELECT y'],
  ],
  'omits names defined by the statement itself': [
    ['WITH x AS (SELECT * FROM a) INSERT INTO b SELECT * FROM x', 'SELECT a INSERT b SELECT'],
    [
      'WITH RECURSIVE x (a) AS NOT MATERIALIZED (DELETE FROM t RETURNING *), "Y" AS (SELECT 1 FROM u) SELECT * FROM X, "Y", z',
      'DELETE t SELECT u SELECT z',
    ],
    ['SELECT * FROM generate_series(1, 3), unnest($1::int[])', 'SELECT'],
  ],
  'preserves quoted names': [
    ['SELECT * FROM "Order Items"', 'SELECT "Order Items"'],
    ['INSERT INTO "my table" VALUES (1)', 'INSERT "my table"'],
    ['DELETE FROM "a.b"."c ""d"" (e)"', 'DELETE "a.b"."c ""d"" (e)"'],
    ['SELECT * FROM U&"d\\0061t" x', 'SELECT U&"d\\0061t"'],
  ],
  'ignores words that only look like a clause': [
    ['SELECT extract(year FROM d), trim(both FROM e) FROM t', 'SELECT t'],
    ['SELECT a IS DISTINCT FROM b FROM t', 'SELECT t'],
    ["SELECT 'x -- y FROM z' FROM t", 'SELECT t'],
    ['SELECT $$ FROM z $$ FROM t', 'SELECT t'],
    ['-- FROM x\n/* FROM y /* nested */ FROM z */ SELECT id FROM t', 'SELECT t'],
    ['INSERT INTO t VALUES ($1) ON CONFLICT (id) DO UPDATE SET a = 1', 'INSERT t'],
    ['CREATE POLICY p ON t FOR SELECT USING (a = 1)', 'CREATE POLICY'],
    ['GRANT SELECT ON t TO u', 'GRANT'],
  ],
  'of a definition has the object type, and the name unless it may identify a user or tenant': [
    ['CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)', 'CREATE INDEX i'],
    ['DROP TABLE IF EXISTS a.b CASCADE', 'DROP TABLE a.b'],
    ['CREATE OR REPLACE VIEW v AS SELECT * FROM t', 'CREATE VIEW v SELECT t'],
    ['REFRESH MATERIALIZED VIEW v', 'REFRESH MATERIALIZED VIEW v'],
    ["CREATE USER alice PASSWORD 'x'", 'CREATE USER'],
    ['CREATE DATABASE tenant_7', 'CREATE DATABASE'],
  ],
  'of any other command is the command': [
    ['BEGIN', 'BEGIN'],
    ['SAVEPOINT sp_1', 'SAVEPOINT'],
    ['LISTEN user_7', 'LISTEN'],
    ['SELECT $1::int', 'SELECT'],
    ['(SELECT 1)', 'SELECT'],
    ['VALUES (1)', 'VALUES'],
  ],
  'of several statements lists each different one once': [
    ['SELECT 1 FROM a; DELETE FROM b;', 'SELECT a; DELETE b'],
    ['INSERT INTO t VALUES (1); INSERT INTO t VALUES (2); INSERT INTO t VALUES (3)', 'INSERT t'],
  ],
  'is not created from text that is not a command, which may be anything': [
    ['', undefined],
    ['  \n', undefined],
    ['/* nothing */', undefined],
    ['secret words', undefined],
    ['"secret"', undefined],
    ['5', undefined],
  ],
};

describe.each(Object.keys(summaries))('a summary %s', (promise) => {
  test.each(summaries[promise] ?? [])('%j: %j', (statement, summary) => {
    expect(describeSql(statement).summary).toBe(summary);
  });
});

test('a summary has at most 255 characters and does not cut a name', () => {
  const tables = Array.from({ length: 100 }, (_, n) => `"table ${n}"`);
  const { summary } = describeSql(`SELECT * FROM ${tables.join(', ')}`);
  expect(summary?.length).toBeLessThanOrEqual(255);
  expect(summary).toBe(`SELECT ${tables.slice(0, 23).join(' ')}`);
});
