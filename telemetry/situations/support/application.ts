// Runs an application as a separate process, in one of three setups.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { killGroup } from '../../../test/support/service.ts';
import { killOnExit } from './kill-on-exit.ts';
import type { Variant } from './situation.ts';

const setups = ['bare', 'stock', 'ours'] as const;
export type Setup = (typeof setups)[number];

const register: Record<Setup, string | undefined> = {
  bare: undefined,
  stock: import.meta.resolve('@opentelemetry/auto-instrumentations-node/register'),
  ours: process.env.REGISTER ?? fileURLToPath(new URL('register.js', import.meta.url)),
};
const node = process.env.APPLICATION_NODE ?? process.execPath;
export const nodeMajor = Number(/\d+/.exec(execFileSync(node, ['--version'], { encoding: 'utf8' }))?.[0]);
/** Shared, so that hundreds of processes do not compile the same modules. */
const compileCache = fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url));
/** A bare application ends within seconds; the limit allows for a very busy machine. */
const longestMs = 60_000;

export interface Ended {
  stdout: string;
  stderr: string;
  /** Exit code or signal; `still running` if it had to be killed. */
  end: number | string;
  ms: number;
}

interface Deadlines {
  /** The application is killed after this time. */
  totalMs?: number;
  /** The application is killed this long after the signal of the variant. */
  afterSignalMs?: number;
}

/** Runs with a high stack trace limit, so that frames of the instrumentation do not displace frames that are compared. */
export async function runApplication(
  variant: Variant,
  setup: Setup,
  env: Record<string, string>,
  { totalMs = longestMs, afterSignalMs }: Deadlines = {},
): Promise<Ended> {
  const preload = register[setup] ? ['--import', register[setup]] : [];
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
  const release = killOnExit(child.pid as number);
  const startedAt = performance.now();
  let stdout = '';
  let stderr = '';
  let isSignalSent = false;
  let isLate = false;
  const killLate = () => {
    isLate = true;
    killGroup(child);
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
    killGroup(child);
    release();
  }
}
