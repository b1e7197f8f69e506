// Two commands at a time would each start what the other has not noted yet.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isAlive, startTime } from './alive.ts';

/**
 * Holds a lock file until this process ends.
 *
 * @throws {Error} while another process holds it
 */
export function lock(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const own = `${process.pid} ${startTime(process.pid)}`;
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, own);
  try {
    while (!tryToLink(draft, path)) refuseOrForget(path);
  } finally {
    rmSync(draft);
  }
  process.once('exit', () => {
    if (read(path) === own) rmSync(path);
  });
}

/** A link appears at once and whole, where a file would be seen empty first. */
function tryToLink(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** The holder may have been killed, and its number may be another process's by now. */
function refuseOrForget(path: string): void {
  const holder = read(path);
  if (holder === undefined) return;
  const [pid = '', startedAt] = holder.split(/ (.*)/);
  if (isAlive(Number(pid)) && startTime(Number(pid)) === startedAt) {
    throw new Error(`another make up, down or clean is at work (process ${pid}): wait for it`);
  }
  const stale = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, stale);
  } catch {
    return; // another process was faster
  }
  if (read(stale) !== holder) tryToLink(stale, path); // it was even faster, and this is its lock
  rmSync(stale);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
