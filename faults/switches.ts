// The switches of the faults: which are on, as a file like flags.json defines it. faults/fault.sh does the same in bash.
import { closeSync, constants, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import definitions from './flags.json' with { type: 'json' };

/** How often a service looks at the file. Not inotify, which sees no change that is made outside of a container on macOS and Windows. */
export const watchIntervalMs = 200;

type Flags = Record<string, { state: string }>;

export const faultNames = Object.keys(definitions.flags);

/** @throws {Error} if the file is not valid; in a missing one, all faults are off */
export function readSwitches(path: string) {
  const flags: Flags = JSON.parse(readFlagFile(path)).flags ?? {};
  return Object.entries(definitions.flags).map(([name, { metadata }]) => {
    return { name, isOn: flags[name]?.state === 'ENABLED', ...metadata };
  });
}

/** @returns the content of the file; no flags if it does not exist */
export function readFlagFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '{"flags":{}}';
    throw error;
  }
}

/**
 * Writes the file: the faults that are named are on, all others off.
 *
 * @throws {Error} if the file cannot be written
 */
export function switchFaults(path: string, on: string[]): void {
  const entries = Object.entries(definitions.flags).map(([name, flag]) => {
    return [name, { ...flag, state: on.includes(name) ? 'ENABLED' : 'DISABLED' }];
  });
  mkdirSync(dirname(path), { recursive: true });
  overwrite(path, `${JSON.stringify({ ...definitions, flags: Object.fromEntries(entries) }, null, 2)}\n`);
}

/** The file stays the same one, with its owner and its mode: in a container, no other may be created in its folder. */
function overwrite(path: string, text: string): void {
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT, 0o644);
  try {
    ftruncateSync(file, writeSync(file, text, 0)); // never empty: a service reads it at any moment
  } finally {
    closeSync(file);
  }
}
