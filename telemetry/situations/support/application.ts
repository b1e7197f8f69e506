// An application as a process of its own, in one of three set-ups.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { leash } from './leash.ts';
import type { Variant } from './situation.ts';

export const setUps = ['bare', 'stock', 'ours'] as const;
export type SetUp = (typeof setUps)[number];

const register: Record<SetUp, string[]> = {
  bare: [],
  stock: ['--import', '@opentelemetry/auto-instrumentations-node/register'],
  ours: ['--import', process.env.REGISTER ?? fileURLToPath(new URL('../../src/register.ts', import.meta.url))],
};
const node = process.env.APPLICATION_NODE ?? process.execPath;
export const nodeMajor = Number(/\d+/.exec(execFileSync(node, ['--version'], { encoding: 'utf8' }))?.[0]);
const longestMs = 60_000;

export interface Ended {
  stdout: string;
  stderr: string;
  /** Exit code or signal; `still running` where it had to be killed. */
  end: number | string;
  ms: number;
}

/**
 * With long stacks: where a frame of the instrumentation is left out of the comparison, it has not pushed another one out.
 *
 * @param withinMs it is killed when it runs for longer
 */
export async function runApplication(
  variant: Variant,
  setUp: SetUp,
  env: Record<string, string>,
  withinMs = longestMs,
): Promise<Ended> {
  const args = [
    '--stack-trace-limit=100',
    ...register[setUp],
    ...(variant.nodeArgs ?? []),
    variant.main,
    ...(variant.args ?? []),
  ];
  const child = spawn(node, args, {
    cwd: dirname(variant.main),
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env, ...variant.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a process group, so that its own children can be killed with it
  });
  const release = leash(child.pid as number);
  const startedAt = performance.now();
  let stdout = '';
  let stderr = '';
  let isSignalSent = false;
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    stdout += chunk;
    if (!variant.signal || isSignalSent || !stdout.includes(variant.signal.after)) return;
    isSignalSent = true;
    child.kill(variant.signal.name);
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => (stderr += chunk));
  let isLate = false;
  const deadline = setTimeout(() => {
    isLate = true;
    kill(child);
  }, withinMs);
  try {
    const [code, signal] = await once(child, 'close');
    return { stdout, stderr, end: isLate ? 'still running' : (signal ?? code), ms: performance.now() - startedAt };
  } finally {
    clearTimeout(deadline);
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
