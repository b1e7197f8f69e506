// Is a port free, and if not, who has it?
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { basename } from 'node:path';

export async function isTaken(port: number): Promise<boolean> {
  const answers = await Promise.all(['127.0.0.1', '::1'].map((host) => answersAt(host, port)));
  return answers.includes(true);
}

function answersAt(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1_000 });
    const done = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', done(true)).once('error', done(false)).once('timeout', done(false));
  });
}

/** Such as `node (process 4711)`; `another program` where that cannot be seen. */
export function holderOf(port: number): string {
  return holderByProc(port) ?? holderByLsof(port) ?? 'another program';
}

/** Linux: the listening socket's inode, then the process that has it open (proc(5)). */
function holderByProc(port: number): string | undefined {
  const inodes = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap(readLines).flatMap((line) => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    const isListening = state === '0A' && Number.parseInt(local.split(':')[1] ?? '', 16) === port;
    return isListening && inode ? [`socket:[${inode}]`] : [];
  });
  if (inodes.length === 0) return undefined;
  for (const pid of readDirectory('/proc').filter((name) => /^\d+$/.test(name))) {
    if (readDirectory(`/proc/${pid}/fd`).some((fd) => inodes.includes(readLink(`/proc/${pid}/fd/${fd}`)))) {
      return `"${commandLine(pid)}" (process ${pid})`;
    }
  }
  return undefined;
}

function commandLine(pid: string): string {
  const [program = '', ...args] = readLines(`/proc/${pid}/cmdline`).join(' ').trim().split('\0');
  return [basename(program), ...args].join(' ').trim().slice(0, 60);
}

function holderByLsof(port: number): string | undefined {
  try {
    const fields = execFileSync('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [, pid, name] = /^p(\d+)\nc(.*)$/m.exec(fields) ?? [];
    return pid && `${name} (process ${pid})`;
  } catch {
    return undefined;
  }
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}

function readDirectory(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
