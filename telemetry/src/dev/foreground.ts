// Runs a child process on behalf of this one: signals are forwarded to it, and this process ends with its exit code or signal.
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { CommandError, exitCodes } from './command-error.ts';
import { descendantsOf, signalAll, waitForEnd } from './process-tree.ts';

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** A signal that this process received while the child was running. */
  received?: NodeJS.Signals;
}

const forwarded = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

/** Maximum wait for processes that a launcher leaves behind. A service may take five seconds after a signal to deliver its telemetry. */
const maxWaitMs = 10_000;

/**
 * Resolves when the child has ended. After a signal, it also waits for the child's own child processes: npm ends before the service that
 * it runs, and does not forward the signal to the service.
 *
 * @param command looked up in PATH, without a shell
 * @throws {CommandError} if it cannot be run
 */
export async function runInForeground(command: string, args: string[], options: SpawnOptions): Promise<Ended> {
  let child: ChildProcess | undefined;
  let received: NodeJS.Signals | undefined;
  const started = new Set<number>();
  const onSignal = (signal: NodeJS.Signals) => {
    received = signal;
    if (child?.pid !== undefined && isFatal(signal)) for (const pid of descendantsOf(child.pid)) started.add(pid);
    if (!isFromTerminal(signal)) child?.kill(signal);
  };
  for (const signal of forwarded) process.on(signal, onSignal);
  try {
    child = spawn(command, args, options); // after the signal handlers are installed, so that no signal is lost
    const [code, signal] = await once(child, 'close').catch((error) => {
      throw describeFailure(command, error);
    });
    if (received && started.size > 0) {
      if (!isFromTerminal(received)) signalAll([...started], received);
      await waitForEnd([...started], maxWaitMs);
    }
    return { code, signal, ...(received && { received }) };
  } finally {
    for (const signal of forwarded) process.off(signal, onSignal);
  }
}

function isFatal(signal: NodeJS.Signals): boolean {
  return signal !== 'SIGUSR1' && signal !== 'SIGUSR2';
}

/** A terminal sends these signals to the child as well. A second signal might make the child skip its clean-up. */
function isFromTerminal(signal: NodeJS.Signals): boolean {
  return isatty(0) && ['SIGINT', 'SIGHUP', 'SIGQUIT'].includes(signal);
}

/** Ends this process with the exit code or the signal of another process. */
export function endLike({ code, signal }: Ended): Promise<never> {
  if (signal === null) process.exit(code ?? 1);
  process.kill(process.pid, signal);
  // PID 1 of a container has no default signal actions, so the signal may not end it.
  return new Promise(() => setTimeout(() => process.exit(exitCodes.signal + constants.signals[signal]), 1_000));
}

function describeFailure(command: string, { code, message }: NodeJS.ErrnoException): CommandError {
  if (code !== 'ENOENT' && code !== 'EACCES') return new CommandError(`cannot run "${command}": ${message}`);
  const hint = existsSync(command) && /\.[cm]?[jt]s$/.test(command) ? `. Did you mean: fastify-otlp dev -- node ${command}` : '';
  return code === 'ENOENT'
    ? new CommandError(`cannot run "${command}": command not found${hint}`, exitCodes.notFound)
    : new CommandError(`cannot run "${command}": it is not executable${hint}`, exitCodes.notExecutable);
}
