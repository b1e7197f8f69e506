// Finds the process that listens on a port. Not everything can be read, such as the files of another user's process.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { attempt } from '../attempt.ts';

const maxShownLength = 60;

/** @returns for example `"node server.js" (process 4711)`, or `another process` if it cannot be determined */
export function holderOf(port: number): string {
  const pid = fromProc(port) ?? fromLsof(port);
  return pid ? `${commandOf(pid)} (process ${pid})` : 'another process';
}

/** Linux, proc(5): reads the inodes of the listening sockets, then finds the process that has one of them open. */
function fromProc(port: number): string | undefined {
  const sockets = ['/proc/net/tcp', '/proc/net/tcp6']
    .flatMap((path) => (attempt(() => readFileSync(path, 'utf8')) ?? '').split('\n'))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = '', , state]) => state === '0A' && Number.parseInt(local.split(':')[1] ?? '', 16) === port)
    .map((fields) => `socket:[${fields[9]}]`);
  if (sockets.length === 0) return undefined;
  const pids = (attempt(() => readdirSync('/proc')) ?? []).filter((name) => /^\d+$/.test(name));
  return pids.find((pid) => filesOf(pid).some((file) => sockets.includes(file)));
}

function filesOf(pid: string): string[] {
  const directory = `/proc/${pid}/fd`;
  return (attempt(() => readdirSync(directory)) ?? []).map((fd) => attempt(() => readlinkSync(`${directory}/${fd}`)) ?? '');
}

/** For macOS and other systems without `/proc`. */
function fromLsof(port: number): string | undefined {
  return attempt(() => run('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-t']))?.split('\n')[0];
}

function commandOf(pid: string): string {
  const [program = '', ...args] = (
    attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')) ??
    attempt(() => run('ps', ['-o', 'command=', '-p', pid]).split(' ')) ?? ['another program']
  ).map((word) => word.trim());
  return `"${[basename(program), ...args].join(' ').trim().slice(0, maxShownLength)}"`;
}

function run(program: string, args: string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], timeout: 2_000 });
}
