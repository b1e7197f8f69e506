// One PostgreSQL server per test run, with a separate database for each test file.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { postgresCommand, removePostgresData } from '../../local/postgres.ts';
import { freePort } from './free-port.ts';
import { until } from './until.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgres: { port: number; user: string; password: string };
  }
}

export interface Postgres {
  port: number;
  user: string;
  password: string;
  stop(): Promise<void>;
}

/** Vitest global setup. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await startPostgres('fsync=off'); // its data need not survive a crash
  project.provide('postgres', { port: postgres.port, user: postgres.user, password: postgres.password });
  return postgres.stop;
}

/**
 * Starts an empty server. Its files are deleted when it is stopped.
 *
 * @param settings of the server, such as `max_connections=300`
 */
export async function startPostgres(...settings: string[]): Promise<Postgres> {
  const directory = mkdtempSync(join(tmpdir(), 'promises-'));
  const options = { directory, port: await freePort(), database: 'demo', user: 'demo', password: 'a secret' };
  const { file, args, uid } = await postgresCommand(options);
  const server = spawn(file, [...args, ...settings.flatMap((setting) => ['-c', setting])], {
    stdio: 'ignore',
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  const end = () => server.kill('SIGQUIT'); // immediate shutdown, without writing all data to the disk first
  process.once('exit', end); // a run that is interrupted is not torn down
  await until('PostgreSQL', () => createDatabase(options, 'ready'));
  return {
    ...options,
    stop: async () => {
      process.off('exit', end);
      end();
      await ended;
      removePostgresData(directory);
      rmSync(directory, { recursive: true });
    },
  };
}

/** @returns the PG* variables for connecting to the new database */
export async function createDatabase(
  { port, user, password }: { port: number; user: string; password: string },
  name: string,
): Promise<Record<string, string>> {
  const client = new pg.Client({ host: 'localhost', port, user: 'postgres', password, database: 'postgres' });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE "${name}" OWNER "${user}"`);
  } finally {
    await client.end();
  }
  return { PGHOST: 'localhost', PGPORT: String(port), PGUSER: user, PGPASSWORD: password, PGDATABASE: name };
}

/** @param env the PG* variables of `createDatabase` */
export async function connectTo(env: Record<string, string>): Promise<pg.Client> {
  const { PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE } = env;
  const client = new pg.Client({ host: PGHOST, port: Number(PGPORT), user: PGUSER, password: PGPASSWORD, database: PGDATABASE });
  await client.connect();
  return client;
}
