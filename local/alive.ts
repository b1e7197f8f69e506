// Does a process live, and is it the one that was started then?
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** A zombie is not: it has ended, and waits only for its parent to notice. */
export function isAlive(pid: number): boolean {
  return hasProc ? isRunning(readStat(pid)) : answersSignals(pid);
}

/** True while any process of the group lives. */
export function isGroupAlive(group: number): boolean {
  if (!answersSignals(-group)) return false;
  return (
    !hasProc ||
    readdirSync('/proc')
      .map(readStat)
      .some((stat) => stat?.group === group && isRunning(stat))
  );
}

function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When the process was started, to tell it from a later one with the same number. Only to be compared. */
export function startTime(pid: number): string | undefined {
  if (hasProc) return readStat(pid)?.startTime;
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

const hasProc = existsSync('/proc/self/stat');

interface Stat {
  state: string;
  group: number;
  startTime: string;
}

/** Fields 3, 5 and 22 of /proc/PID/stat (proc(5)). */
function readStat(pid: number | string): Stat | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return { state: fields[0] ?? '', group: Number(fields[2]), startTime: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

function isRunning(stat: Stat | undefined): boolean {
  return stat !== undefined && stat.state !== 'Z';
}
