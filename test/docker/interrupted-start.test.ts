// A container that is killed while it creates the database must not need a person to recover. As a project of its own.
import { afterAll, expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { until } from '../support/until.ts';
import { compose } from './stack.ts';

process.env.POSTGRES_PORT = String(await freePort());
const trial = (...args: string[]) => compose('--project-name', 'interrupted-trial', ...args);

afterAll(() => void trial('down', '--volumes', '--timeout', '2'));

test('PostgreSQL starts anew after it was killed while it created the database, and retains one that is complete', {
  timeout: 180_000,
}, async () => {
  // What initdb leaves when it is killed: some files, and no roles.
  trial(
    'run',
    '--rm',
    '--no-deps',
    'postgres',
    'bash',
    '-c',
    'cd /var/lib/postgresql && touch creating && mkdir -p "$PGDATA" && echo 18 >"$PGDATA/PG_VERSION"',
  );
  trial('up', '--detach', '--no-deps', 'postgres');
  await until('a query of the backend', () => query('CREATE TABLE IF NOT EXISTS retained (id int); SELECT 1') === '1');

  trial('kill', 'postgres');
  trial('up', '--detach', '--no-deps', 'postgres');
  await until('PostgreSQL', () => query('SELECT 1') === '1');
  expect(query('SELECT count(*) FROM retained')).toBe('0');
});

function query(sql: string): string {
  const password = `PGPASSWORD=${process.env.BACKEND_PASSWORD}`;
  const psql = [
    'psql',
    '--host=127.0.0.1',
    '--username=demo',
    '--dbname=demo',
    '--tuples-only',
    '--no-align',
    '--quiet',
    `--command=${sql}`,
  ];
  return trial('exec', '-T', '--env', password, 'postgres', ...psql).trim();
}
