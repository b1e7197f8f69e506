import { expect, test } from 'vitest';
import { summarize } from '../src/sql-summary.ts';

test.each([
  ['INSERT INTO numbers (value) VALUES ($1)', 'INSERT numbers'],
  ['insert into "Numbers" values ($1)', 'INSERT "Numbers"'],
  ['SELECT * FROM numbers WHERE id = $1', 'SELECT numbers'],
  ['SELECT a,\n  b\nFROM shop.orders o JOIN items i ON i.id = o.id', 'SELECT shop.orders'],
  ['UPDATE numbers SET value = 1', 'UPDATE numbers'],
  ['UPDATE a SET x = b.x FROM b', 'UPDATE a'],
  ['DELETE FROM numbers', 'DELETE numbers'],
  ['-- a comment\n/* another */ SELECT id FROM numbers', 'SELECT numbers'],
  ['SELECT extract(epoch from created_at) FROM numbers', 'SELECT'],
  ['WITH x AS (SELECT * FROM a) INSERT INTO b SELECT * FROM x', 'WITH'],
  ['SELECT 1', 'SELECT'],
  ['BEGIN', 'BEGIN'],
  ['', 'query'],
])('a query is named by what it does to which table, where its first words say it: %j is %j', (query, name) => {
  expect(summarize(query)).toBe(name);
});
