// An OTLP receiver in a process of its own, which counts each span and log record once, by service. It stops and starts on command.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Counts {
  spans: number;
  logs: number;
}

export interface Receiver {
  endpoint: string;
  counts(service: string): Promise<Counts>;
  /** Until `open` connections are refused. */
  close(): Promise<void>;
  open(): Promise<void>;
  stop(): void;
}

export interface Answer extends Counts {
  port: number;
}

export type Command = { command: 'open' | 'close' } | { command: 'count'; service: string };

export async function startReceiver(): Promise<Receiver> {
  const child = fork(fileURLToPath(new URL('./receiver-process.ts', import.meta.url)));
  const endWithUs = () => void child.kill();
  process.once('exit', endWithUs);
  let last: Promise<unknown> = Promise.resolve();
  /** One after the other: answers come in the order of questions, and do not tell which is theirs. */
  const ask = (command: Command): Promise<Answer> => {
    const answer = last.then(() => askOnce(child, command));
    last = answer.catch(() => {});
    return answer;
  };
  const { port } = await ask({ command: 'open' });
  return {
    endpoint: `http://127.0.0.1:${port}`,
    counts: (service) => ask({ command: 'count', service }),
    close: async () => void (await ask({ command: 'close' })),
    open: async () => void (await ask({ command: 'open' })),
    stop: endWithUs,
  };
}

async function askOnce(child: ChildProcess, command: Command): Promise<Answer> {
  const answered = once(child, 'message', { signal: AbortSignal.timeout(120_000) });
  child.send(command);
  return (await answered)[0] as Answer;
}
