// An application as a process of its own, in one of three set-ups.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { leash } from './leash.ts';
import type { Variant } from './situation.ts';

export const setUps = ['bare', 'stock', 'ours'] as const;
export type SetUp = (typeof setUps)[number];

const register: Record<SetUp, string | undefined> = {
  bare: undefined,
  stock: import.meta.resolve('@opentelemetry/auto-instrumentations-node/register'),
  ours: process.env.REGISTER ?? fileURLToPath(new URL('register.js', import.meta.url)),
};
const node = process.env.APPLICATION_NODE ?? process.execPath;
export const nodeMajor = Number(/\d+/.exec(execFileSync(node, ['--version'], { encoding: 'utf8' }))?.[0]);
/** Compiled once, not by each of hundreds of processes. */
const compileCache = fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url));
/** A bare application ends by itself within seconds; this is for a machine that is very busy. */
const longestMs = 60_000;

export interface Ended {
  stdout: string;
  stderr: string;
  /** Exit code or signal; `still running` where it had to be killed. */
  end: number | string;
  ms: number;
}

interface Deadlines {
  /** It is killed when it runs for longer. */
  totalMs?: number;
  /** It is killed when it runs for longer after the signal that the variant sends. */
  afterSignalMs?: number;
}

/** With long stacks: where a frame of the instrumentation is left out of the comparison, it has not pushed another one out. */
export async function runApplication(
  variant: Variant,
  setUp: SetUp,
  env: Record<string, string>,
  { totalMs = longestMs, afterSignalMs }: Deadlines = {},
): Promise<Ended> {
  const preload = register[setUp] ? ['--import', register[setUp]] : [];
  const isArgument = variant.preload !== 'NODE_OPTIONS';
  const args = [
    '--stack-trace-limit=100',
    ...(isArgument ? preload : []),
    ...(variant.nodeArgs ?? []),
    variant.program ? createRequire(variant.main).resolve(variant.program) : variant.main,
    ...(variant.args ?? []),
  ];
  const child = spawn(node, args, {
    cwd: dirname(variant.main),
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NODE_COMPILE_CACHE: compileCache,
      ...(isArgument ? {} : { NODE_OPTIONS: preload.join(' ') }),
      ...env,
      ...variant.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a process group, so that its own children can be killed with it
  });
  const release = leash(child.pid as number);
  const startedAt = performance.now();
  let stdout = '';
  let stderr = '';
  let isSignalSent = false;
  let isLate = false;
  const killLate = () => {
    isLate = true;
    kill(child);
  };
  const deadlines = [setTimeout(killLate, totalMs)];
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    stdout += chunk;
    if (!variant.signal || isSignalSent || !stdout.includes(variant.signal.after)) return;
    isSignalSent = true;
    child.kill(variant.signal.name);
    if (afterSignalMs) deadlines.push(setTimeout(killLate, afterSignalMs));
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => (stderr += chunk));
  try {
    const [code, signal] = await once(child, 'close');
    return { stdout, stderr, end: isLate ? 'still running' : (signal ?? code), ms: performance.now() - startedAt };
  } finally {
    for (const deadline of deadlines) clearTimeout(deadline);
    kill(child);
    release();
  }
}

/** With all that it has started. */
function kill({ pid }: ChildProcess): void {
  try {
    if (pid) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it is gone
  }
}
