// Starts a measured backend and the sink that counts its exports, each as a separate process.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../test/support/free-port.ts';
import { until } from '../../test/support/until.ts';
import type { Usage } from './meter.ts';
import type { SetUp } from './set-ups.ts';
import type { Counted, Order } from './sink.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Sink {
  grpcPort: number;
  /** The environment variables with which a setup exports to it. */
  settings(setUp: SetUp): Record<string, string>;
  counted(): Promise<Counted>;
  /** Closes its ports and connections, until `up`. */
  down(): Promise<unknown>;
  up(): Promise<unknown>;
  stop(): void;
}

export async function startSink(): Promise<Sink> {
  const child = fork('lab/cost/sink.ts', { cwd: root });
  const { grpcPort, httpPort } = await answerOf<{ grpcPort: number; httpPort: number }>(child);
  const order = (ask: Order['ask']) => send<Counted>(child, { ask });
  return {
    grpcPort,
    settings: ({ receiver }) => ({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${receiver === 'OTLP/gRPC' ? grpcPort : httpPort}`,
      ...(receiver === 'Datadog' && { DD_TRACE_AGENT_URL: `http://127.0.0.1:${httpPort}` }),
      ...(receiver === 'Sentry' && { SENTRY_DSN: `http://public@127.0.0.1:${httpPort}/1` }),
    }),
    counted: () => order('counted'),
    down: () => order('down'),
    up: () => order('up'),
    stop: () => child.kill(),
  };
}

export interface Measured {
  url: string;
  /** From exec to the first 201. */
  startMs: number;
  usage(): Promise<Usage>;
  /** Sends SIGTERM and waits until the last telemetry is flushed. */
  stop(): Promise<void>;
}

/** @param runner the program that runs Node.js, with its arguments; by default none does */
export async function startBackend(setUp: SetUp, env: Record<string, string>, runner: string[] = []): Promise<Measured> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const nowhere = openSync('/dev/null', 'w');
  const startedAt = performance.now();
  const [execPath = process.execPath, ...args] = runner.length > 0 ? [...runner, process.execPath] : [];
  const child = fork('backend/main.ts', {
    cwd: root,
    execPath,
    execArgv: [...args, '--import', './lab/cost/meter.ts', ...setUp.nodeArgs],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      BACKEND_PORT: String(port),
      MAX_IN_FLIGHT: '100000',
      ...env,
      ...setUp.env,
    },
    stdio: ['ignore', nowhere, 'pipe', 'ipc'],
  });
  let output = '';
  child.stderr?.on('data', (chunk) => (output += chunk));
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const startsWithinMs = runner.length > 0 ? 300_000 : 60_000;
  await until(
    `a response of ${setUp.name}`,
    async () => {
      if (hasEnded()) return true;
      const response = await fetch(`${url}/numbers`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', connection: 'close' },
        body: '{"value":1}',
      });
      return response.status === 201;
    },
    startsWithinMs,
  );
  if (hasEnded()) throw new Error(`${setUp.name} exited: ${output}`);
  const startMs = performance.now() - startedAt;
  return {
    url,
    startMs,
    usage: () => send<Usage>(child, 'usage'),
    stop: async () => {
      if (hasEnded()) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 20_000); // some setups never exit on SIGTERM
      await gone;
      clearTimeout(timer);
    },
  };
}

function send<Answer>(child: ChildProcess, message: Order | 'usage'): Promise<Answer> {
  const answer = answerOf<Answer>(child);
  child.send(message);
  return answer;
}

async function answerOf<Answer>(child: ChildProcess): Promise<Answer> {
  const [answer] = await once(child, 'message', { signal: AbortSignal.timeout(60_000) });
  return answer as Answer;
}
