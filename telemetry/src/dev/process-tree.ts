// Lists, signals and awaits the processes that a launcher such as npm has started.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { attempt } from '../attempt.ts';

interface ProcessEntry {
  pid: number;
  parent: number;
  group: number;
}

/** Returns all descendants of a process, except those that left its process group in order to outlive it. */
export function descendantsOf(root: number): number[] {
  const all = listProcesses();
  const group = all.find(({ pid }) => pid === root)?.group;
  const found = new Set([root]);
  for (let size = 0; size < found.size; ) {
    size = found.size;
    for (const { pid, parent } of all) if (found.has(parent)) found.add(pid);
  }
  return all.filter((entry) => entry.pid !== root && entry.group === group && found.has(entry.pid)).map(({ pid }) => pid);
}

export function signalAll(pids: number[], signal: NodeJS.Signals): void {
  for (const pid of pids) attempt(() => process.kill(pid, signal)); // it may have ended
}

export async function waitForEnd(pids: number[], timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (listProcesses().some(({ pid }) => pids.includes(pid)) && Date.now() < deadline) await pause(50);
}

/** Omits zombies, which have already ended. */
function listProcesses(): ProcessEntry[] {
  const entries = readProc();
  return entries.length > 0 ? entries : readPs();
}

/** Linux, proc(5): fields 3 to 5 of `/proc/[pid]/stat`. */
function readProc(): ProcessEntry[] {
  const names = attempt(() => readdirSync('/proc')) ?? [];
  return names.filter((name) => /^\d+$/.test(name)).flatMap(readStat);
}

function readStat(pid: string): ProcessEntry[] {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8')); // undefined if the process has ended
  const [state = 'Z', parent, group] = stat?.replace(/^.*\) /s, '').split(' ') ?? [];
  return state === 'Z' ? [] : [{ pid: Number(pid), parent: Number(parent), group: Number(group) }];
}

function readPs(): ProcessEntry[] {
  const args = ['-A', '-o', 'pid=,ppid=,pgid=,stat='];
  const lines = attempt(() => execFileSync('ps', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })) ?? '';
  return lines.split('\n').flatMap((line) => {
    const [pid, parent, group, state = 'Z'] = line.trim().split(/\s+/);
    return state.startsWith('Z') ? [] : [{ pid: Number(pid), parent: Number(parent), group: Number(group) }];
  });
}
