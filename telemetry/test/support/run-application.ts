// Runs an application as a separate process, with or without instrumentation.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { compileCache } from '../../../test/support/service.ts';

export interface Finished {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

interface Running {
  process: ChildProcess;
  /** Its output so far. */
  output(): string;
  finished: Promise<Finished>;
}

const register = new URL('../../src/register.ts', import.meta.url).href;
const packageRoot = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Runs an application until the test ends at the latest.
 *
 * @param source an ES module
 * @param options.env its environment, except for PATH and the compile cache
 */
export function runApplication(
  source: string,
  { isTraced = true, env = {}, nodeArgs = [] }: { isTraced?: boolean; env?: Record<string, string>; nodeArgs?: string[] } = {},
): Running {
  const args = [...nodeArgs, ...(isTraced ? ['--import', register] : []), '--input-type=module', '--eval', source];
  const child = spawn(process.execPath, args, {
    cwd: packageRoot,
    env: { PATH: process.env.PATH, ...compileCache, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  return {
    process: child,
    output: () => stdout + stderr,
    finished: new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }))),
  };
}

/** Removes the message of an exit whose receiver did not respond within a second, as happens on a busy machine. */
export function withoutLateResponses(stderr: string): string {
  return stderr.replace(/^telemetry: \d+ (spans|log records) may not have been delivered to .*\n/gm, '');
}
