// Runs a service as a separate process, started as in the README.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.ts';
import { until } from './until.ts';

export interface Service {
  url: string;
  process: ChildProcess;
  /** Its output on stdout and stderr so far. */
  output(): string;
  /** Resolves when the process has exited and all of its output has been read. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Sends a signal, by default SIGTERM, and waits for the exit. */
  stop(signal?: NodeJS.Signals): Service['ended'];
}

export interface StartOptions {
  env?: Record<string, string>;
  nodeArgs?: string[];
  /** Path to poll after /healthz until it responds. Default: /readyz. */
  isReady?: boolean;
}

export const root = fileURLToPath(new URL('../..', import.meta.url));

export async function startService(
  name: 'frontend' | 'backend',
  { env = {}, nodeArgs = [], isReady = true }: StartOptions = {},
): Promise<Service> {
  const portSetting = `${name.toUpperCase()}_PORT`;
  const port = env[portSetting] ?? String(await freePort());
  const service = run([...nodeArgs, '--import', './telemetry/src/register.ts', `${name}/main.ts`], {
    ...env,
    [portSetting]: port,
  });
  const url = `http://127.0.0.1:${port}`;
  await until(`${name} is up`, async () => {
    if (service.process.exitCode !== null) throw new Error(service.output());
    return (await fetch(`${url}/${isReady ? 'readyz' : 'healthz'}`)).ok;
  });
  return { ...service, url };
}

const running = new Set<ChildProcess>();

/** Kills all processes that tests started and did not stop, including their child processes. */
export function killLeftovers(): void {
  for (const child of running) killGroup(child);
}

/** Environment for a compile cache shared by all processes and runs. Saves up to half of the CPU time of a start. */
export const compileCache = { NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/compile') };

/** Runs Node.js with these arguments and only this environment. */
export function run(args: string[], env: Record<string, string>, cwd = root): Omit<Service, 'url'> {
  return runCommand(process.execPath, args, { ...compileCache, ...env }, cwd);
}

/** Runs a command with only this environment, as the leader of a process group. */
export function runCommand(file: string, args: string[], env: Record<string, string>, cwd = root): Omit<Service, 'url'> {
  const child = spawn(file, args, {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  running.add(child);
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const ended = once(child, 'close').then(([code, signal]) => {
    running.delete(child);
    return { code, signal };
  });
  return {
    process: child,
    output: () => output,
    ended,
    stop: (signal = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
  };
}

/** Kills a process and its child processes, which are in the group that it leads. */
export function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // already exited
  }
}
