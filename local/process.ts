// A detached process: started, found again by a later command, stopped.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startTime } from './alive.ts';
import { baseEnvironment, type Environment } from './environment.ts';
import { root, settingsHash, stateDirectory } from './settings.ts';

export interface Command {
  file: string;
  args: string[];
  /** Besides `baseEnvironment`. */
  env?: Environment;
  /** The user to run as, where it must not be the one who calls. */
  uid?: number;
}

const stopWithinMs = 25_000; // as stop_grace_period in docker-compose.yml

type State = 'running' | 'crashed' | 'stopped';

/** Identifies a process. After a restart of the machine, another process may have the same process id. */
interface Note {
  pid: number;
  startedAt: string | undefined;
  /** A hash, because settings may contain secrets. */
  settingsHash: string;
  /** The ports that it was started with. */
  ports: number[];
}

/** Starts a process that outlives this one, in a process group of its own, its output in a new file; the last file is retained. */
export function start(name: string, ports: number[], { file, args, env = {}, uid }: Command): void {
  mkdirSync(stateDirectory, { recursive: true });
  if (existsSync(logFile(name))) renameSync(logFile(name), `${logFile(name)}.1`);
  const log = openSync(logFile(name), 'a');
  const child = spawn(file, args, {
    cwd: root,
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...baseEnvironment(), ...env },
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  child.once('error', (error) => console.error(`${name}: ${error.message}`));
  if (child.pid === undefined) return;
  child.unref();
  const note: Note = { pid: child.pid, startedAt: startTime(child.pid), settingsHash, ports };
  writeFileSync(noteFile(name), JSON.stringify(note), { mode: 0o600 });
}

export function stateOf(name: string): State {
  const note = noteOf(name);
  if (!note) return 'stopped';
  return isRunning(note) ? 'running' : 'crashed';
}

/** @returns undefined if nothing was started, or all of it was stopped */
export function noteOf(name: string): Note | undefined {
  try {
    return JSON.parse(readFileSync(noteFile(name), 'utf8'));
  } catch {
    return undefined;
  }
}

/** Asks the process to end, as Ctrl-C would, and kills it after the time limit. */
export async function stop(name: string): Promise<void> {
  const note = noteOf(name);
  if (note) {
    const deadline = Date.now() + stopWithinMs;
    signal(note, 'SIGINT');
    signal(note, 'SIGCONT'); // what is paused sees no signal
    while (isRunning(note)) {
      if (Date.now() > deadline) signal(note, 'SIGKILL');
      await pause(25);
    }
  }
  rmSync(noteFile(name), { force: true });
}

export function logFile(name: string): string {
  return join(stateDirectory, `${name}.log`);
}

function noteFile(name: string): string {
  return join(stateDirectory, `${name}.json`);
}

function isRunning({ pid, startedAt }: Note): boolean {
  return startedAt !== undefined && startTime(pid) === startedAt;
}

/** Signals the process group, which is its own. */
function signal(note: Note, name: NodeJS.Signals): void {
  if (!isRunning(note)) return;
  try {
    process.kill(-note.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it has just ended
  }
}
