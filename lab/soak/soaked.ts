// A service under long load, and its resource usage from /proc: https://man7.org/linux/man-pages/man5/proc.5.html
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { freePort } from '../../test/support/free-port.ts';
import { root } from '../../test/support/service.ts';
import { until } from '../../test/support/until.ts';

export interface Sample {
  /** Time since the start of the load. */
  seconds: number;
  rssMiB: number;
  fds: number;
  /** TCP sockets, including listening ones. */
  sockets: number;
}

export interface Soaked {
  name: string;
  url: string;
  samples: Sample[];
  sample(seconds: number): void;
  /** Number of lines on stdout: one per request. */
  lines(): number;
  /** Heap in use after a garbage collection. */
  heapMiB(): Promise<number>;
  /** Output on stderr, except for heap sizes. */
  complaints(): string;
  stop(): Promise<void>;
}

export async function startSoaked(name: 'frontend' | 'backend', env: Record<string, string>): Promise<Soaked> {
  const port = String(await freePort());
  const nodeArgs = ['--expose-gc', '--import', './lab/heap.ts', '--import', './telemetry/src/register.ts', `${name}/main.ts`];
  const child = spawn(process.execPath, nodeArgs, {
    cwd: root,
    detached: true, // Ctrl-C reaches only main.ts, which stops the services in order
    env: { PATH: process.env.PATH, HOME: process.env.HOME, [`${name.toUpperCase()}_PORT`]: port, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  process.once('exit', () => child.kill('SIGKILL')); // in case main.ts fails
  let lines = 0;
  let complaints = '';
  const heaps: number[] = [];
  child.stdout.on('data', (chunk: Buffer) => (lines += chunk.reduce((count, byte) => count + Number(byte === 10), 0)));
  child.stderr.on('data', (chunk) => {
    for (const [, bytes] of String(chunk).matchAll(/^heap (\d+)$/gm)) heaps.push(Number(bytes) / 2 ** 20);
    complaints = (complaints + String(chunk).replace(/^heap \d+\n/gm, '')).slice(-10_000);
  });
  const ended = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  await until(`${name} is up`, async () => {
    if (child.exitCode !== null) throw new Error(complaints);
    return (await fetch(`${url}/readyz`, { headers: { connection: 'close' } })).ok;
  });
  const samples: Sample[] = [];
  return {
    name,
    url,
    samples,
    sample: (seconds) => samples.push({ seconds: Math.round(seconds), ...readUsage(child.pid as number) }),
    lines: () => lines,
    heapMiB: async () => {
      const before = heaps.length;
      child.kill('SIGCONT');
      return until('the heap', () => heaps[before]);
    },
    complaints: () => complaints,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** @throws {Error} if the process has exited */
function readUsage(pid: number): Omit<Sample, 'seconds'> {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  const targets = readdirSync(`/proc/${pid}/fd`).map((fd) => targetOf(`/proc/${pid}/fd/${fd}`));
  const tcp = new Set(['tcp', 'tcp6'].flatMap((table) => inodesOf(readFileSync(`/proc/net/${table}`, 'utf8'))));
  return {
    rssMiB: Math.round(Number(kib) / 102.4) / 10,
    fds: targets.length,
    sockets: targets.filter((target) => tcp.has(target)).length,
  };
}

function inodesOf(table: string): string[] {
  const rows = table.trim().split('\n').slice(1);
  return rows.map((row) => `socket:[${row.trim().split(/\s+/)[9]}]`);
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return ''; // closed since it was listed
  }
}
