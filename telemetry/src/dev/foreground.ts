// A child process in place of this one: it gets the signals of this one, and this one ends as it did.
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { CommandError, exitCodes } from './command-error.ts';
import { descendantsOf, signalAll, waitForEnd } from './process-tree.ts';

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** A signal that this process got meanwhile. */
  received?: NodeJS.Signals;
}

const forwarded = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

/** For what a launcher leaves behind; the telemetry of a service needs up to five seconds after a signal. */
const maxWaitMs = 10_000;

/**
 * Resolves when the child has ended. After a signal, also when what the child had started has ended: npm ends before the service that it
 * runs, and does not forward the signal to it.
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
    child = spawn(command, args, options); // only now: a signal is not lost between
    const { code, signal } = await ending(child, command);
    if (received && started.size > 0) {
      if (!isFromTerminal(received)) signalAll([...started], received);
      await waitForEnd([...started], maxWaitMs);
    }
    return { code, signal, ...(received && { received }) };
  } finally {
    for (const signal of forwarded) process.off(signal, onSignal);
  }
}

function ending(child: ChildProcess, command: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(describeFailure(command, error)));
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

function isFatal(signal: NodeJS.Signals): boolean {
  return signal !== 'SIGUSR1' && signal !== 'SIGUSR2';
}

/** A terminal sends it to each process that it runs, so that the child has got it already. Two may make it skip its clean-up. */
function isFromTerminal(signal: NodeJS.Signals): boolean {
  return isatty(0) && ['SIGINT', 'SIGHUP', 'SIGQUIT'].includes(signal);
}

/** Ends this process with the exit code, or by the signal, of another one. */
export function endLike({ code, signal }: Ended): Promise<never> {
  if (signal === null) process.exit(code ?? 1);
  process.kill(process.pid, signal);
  // Process 1 of a container has no default actions.
  return new Promise(() => setTimeout(() => process.exit(exitCodes.signal + constants.signals[signal]), 1_000));
}

function describeFailure(command: string, { code, message }: NodeJS.ErrnoException): CommandError {
  if (code !== 'ENOENT' && code !== 'EACCES') return new CommandError(`cannot run "${command}": ${message}`);
  const hint = existsSync(command) && /\.[cm]?[jt]s$/.test(command) ? `. Did you mean: fastify-otlp dev -- node ${command}` : '';
  return code === 'ENOENT'
    ? new CommandError(`cannot run "${command}": command not found${hint}`, exitCodes.notFound)
    : new CommandError(`cannot run "${command}": it is not executable${hint}`, exitCodes.notExecutable);
}
