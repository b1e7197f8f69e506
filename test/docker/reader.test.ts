// Grafana's role in PostgreSQL: whoever takes over Grafana, or its data source, has this and no more.
import { expect, test } from 'vitest';
import { queryAsReader } from './stack.ts';

/** The settings of a role are defaults, which it can change for itself: what it may not, it may not with these. */
const unbound = ['SET default_transaction_read_only = off', 'SET statement_timeout = 0'];

test('it reads numbers', () => {
  expect(queryAsReader('SELECT count(*) >= 0 FROM numbers')).toBe('t');
});

test.each([
  ['write a row', 'INSERT INTO numbers (value) VALUES (1)'],
  ['change a row', 'UPDATE numbers SET value = 1'],
  ['delete a row', 'DELETE FROM numbers'],
  ['empty the table', 'TRUNCATE numbers'],
  ['drop the table', 'DROP TABLE numbers'],
  ['change the table', 'ALTER TABLE numbers ADD COLUMN more text'],
  ['lock the table', 'BEGIN; LOCK TABLE numbers'],
  ['take ids', "SELECT nextval('numbers_id_seq')"],
  ['make a table', 'CREATE TABLE mine (id int)'],
  ['make a temporary table', 'CREATE TEMPORARY TABLE mine (id int)'],
  ['make a schema', 'CREATE SCHEMA mine'],
  ['make a function', "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'"],
  ['make a role', 'CREATE ROLE mine'],
  ['become another', 'SET ROLE postgres'],
  ['make a database', 'CREATE DATABASE mine'],
  ['keep a large object', 'SELECT lo_create(0)'],
  ['fill a large object', "SELECT lo_from_bytea(0, 'x')"],
  ['read a file of the server', "SELECT pg_read_file('/etc/passwd')"],
  ['list a folder of the server', "SELECT pg_ls_dir('/')"],
  ['copy a file into a table', "COPY numbers FROM '/etc/passwd'"],
  ['run a program', "COPY (SELECT 1) TO PROGRAM 'id'"],
  ['read the passwords', 'SELECT rolpassword FROM pg_authid'],
  ['end a connection of the backend', "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename <> 'reader'"],
  ['change a setting of the server', "ALTER SYSTEM SET work_mem = '1GB'"],
  ['load a library', "LOAD 'auto_explain'"],
  ['add an extension', 'CREATE EXTENSION dblink'],
])('it cannot %s', (_what, sql) => {
  expect(() => queryAsReader([...unbound, sql])).toThrow(
    /permission denied|must be owner|no function matches|access to library/i,
  );
});

test('it does not see what others ask', () => {
  const seen =
    "SELECT count(*) FROM pg_stat_activity WHERE usename <> 'reader' AND query NOT IN ('', '<insufficient privilege>')";
  expect(queryAsReader(seen)).toBe('0');
});

test('it sees no table but numbers', () => {
  const seen = "SELECT string_agg(relname, ',') FROM pg_stat_user_tables WHERE has_table_privilege(relid, 'SELECT')";
  expect(queryAsReader(seen)).toBe('numbers');
});

test.each(['postgres', 'template1'])('it cannot connect to the database %s', (name) => {
  expect(() => queryAsReader('SELECT 1', name)).toThrow(/permission denied for database/);
});

test('what it asks ends after ten seconds', () => {
  expect(() => queryAsReader('SELECT pg_sleep(15)')).toThrow(/statement timeout/);
});
