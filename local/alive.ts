// Whether a process is running, and whether it is the same process as before.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const hasProc = existsSync('/proc/self/stat');

/**
 * When the process was started, to tell it from a later one with the same number. Only to be compared.
 *
 * @returns undefined if it has ended. So has a zombie, which only waits for its parent to notice
 */
export function startTime(pid: number): string | undefined {
  try {
    const [state, startedAt] = hasProc ? readStat(pid) : askPs(pid);
    return state?.startsWith('Z') ? undefined : startedAt;
  } catch {
    return undefined;
  }
}

export function isAlive(pid: number): boolean {
  return startTime(pid) !== undefined;
}

/** Fields 3 and 22 of /proc/PID/stat (proc(5)); the second is a name that may contain spaces. */
function readStat(pid: number): (string | undefined)[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return [fields[0], fields[19]];
}

function askPs(pid: number): (string | undefined)[] {
  const output = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' });
  return output.trim().split(/ +(.*)/);
}
