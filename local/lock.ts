// Two commands at a time would each start what the other has not noted yet.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isAlive } from './alive.ts';

/**
 * Holds a lock file until this process ends.
 *
 * @throws {Error} while another process holds it
 */
export function lock(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const holder = take(path);
  if (holder === undefined) {
    process.once('exit', () => rmSync(path, { force: true }));
    return;
  }
  if (isAlive(holder)) throw new Error(`another make up, down or clean is at work (process ${holder}): wait for it`);
  rmSync(path, { force: true }); // its holder was killed
  lock(path);
}

/** @returns the process that holds the lock, if any */
function take(path: string): number | undefined {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return undefined;
  } catch {
    return Number(readFileSync(path, 'utf8'));
  }
}
