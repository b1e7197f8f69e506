// A backend that is measured, and the sink that counts what it exports: each a process of its own.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../test/support/free-port.ts';
import { until } from '../../test/support/until.ts';
import type { Question, Usage } from './meter.ts';
import type { SetUp } from './set-ups.ts';
import type { Counted } from './sink.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Sink {
  grpcPort: number;
  httpPort: number;
  counted(): Promise<Counted>;
  stop(): void;
}

export async function startSink(): Promise<Sink> {
  const child = fork('lab/cost/sink.ts', { cwd: root });
  const ports = await answerOf<{ grpcPort: number; httpPort: number }>(child);
  return { ...ports, counted: () => ask<Counted>(child, { ask: 'usage' }), stop: () => child.kill() };
}

export interface Measured {
  url: string;
  /** From exec to the first 201. */
  startMs: number;
  usage(): Promise<Usage>;
  /** Profiles the CPU from here on, until it is written to a file. */
  profile(): Promise<(path: string) => Promise<unknown>>;
  /** As a machine stops it: SIGTERM, and the last telemetry is flushed. */
  stop(): Promise<void>;
}

export async function startBackend(setUp: SetUp, env: Record<string, string>): Promise<Measured> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const nowhere = openSync('/dev/null', 'w');
  const startedAt = performance.now();
  const child = fork('backend/main.ts', {
    cwd: root,
    execArgv: ['--import', './lab/cost/meter.ts', ...setUp.nodeArgs],
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
  let said = '';
  child.stderr?.on('data', (chunk) => (said += chunk));
  await until(`${setUp.name} answers`, async () => {
    if (child.exitCode !== null) throw new Error(`${setUp.name} ended: ${said}`);
    const response = await fetch(`${url}/numbers`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', connection: 'close' },
      body: '{"value":1}',
    });
    return response.status === 201;
  });
  const startMs = performance.now() - startedAt;
  return {
    url,
    startMs,
    usage: () => ask<Usage>(child, { ask: 'usage' }),
    profile: async () => {
      await ask(child, { ask: 'profile' });
      return (path) => ask(child, { ask: 'profiled', path });
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}

function ask<Answer>(child: ChildProcess, question: Question): Promise<Answer> {
  const answer = answerOf<Answer>(child);
  child.send(question);
  return answer;
}

async function answerOf<Answer>(child: ChildProcess): Promise<Answer> {
  const [answer] = await once(child, 'message', { signal: AbortSignal.timeout(10_000) });
  return answer as Answer;
}
