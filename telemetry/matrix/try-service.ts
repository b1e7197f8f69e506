// Runs a service with one version of Node.js, sends it a request, and compares its trace.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePort } from '../../test/support/free-port.ts';
import { until } from '../../test/support/until.ts';
import { killOnExit } from '../situations/support/kill-on-exit.ts';
import type { OtlpReceiver } from '../test/support/otlp-receiver.ts';
import { differences } from './expected.ts';
import { readManifest } from './rows.ts';
import type { Runtime } from './runtimes.ts';

export interface Surroundings {
  receiver: OtlpReceiver;
  /** PGHOST, PGPORT, … */
  database: Record<string, string>;
}

const longestMs = 60_000;

/** Fails with what is wrong, and what the service printed. */
export async function tryService(
  folder: string,
  script: string,
  { bin }: Runtime,
  { receiver, database }: Surroundings,
): Promise<void> {
  const port = await freePort();
  const traceId = randomBytes(16).toString('hex');
  const traceparent = `00-${traceId}-${randomBytes(8).toString('hex')}-01`;
  const child = spawn('sh', ['-c', readManifest(folder).scripts[script] as string], {
    cwd: folder,
    env: {
      PATH: `${join(folder, 'node_modules/.bin')}:${bin}:${process.env.PATH}`,
      HOME: process.env.HOME,
      PORT: String(port),
      TRACEPARENT: traceparent, // for a test, which sends the request itself
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      ...database,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a process group, with all that it starts
  });
  const release = killOnExit(child.pid as number);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk) => (output += chunk));
  let isRunning = true;
  const ended = once(child, 'close').then(([code, signal]): number | NodeJS.Signals => {
    isRunning = false;
    return signal ?? code;
  });
  const signalGroup = (signal: NodeJS.Signals) => {
    if (isRunning) process.kill(-(child.pid as number), signal);
  };
  try {
    if (script === 'test') await expectSuccess(ended);
    else await Promise.race([until('an answer', () => isAnswered(port, traceparent), longestMs), failAtEnd(ended)]);
    await until('a complete trace', () => isComplete(receiver, traceId), longestMs / 2);
    if (output.includes('import-in-the-middle')) throw new Error('a warning of import-in-the-middle');
    signalGroup('SIGTERM');
    await until('the end of the service', () => !isRunning, longestMs);
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${output.slice(-4_000)}`);
  } finally {
    signalGroup('SIGTERM'); // a container outlives the command that runs it, if that is killed
    await until('the end of the service', () => !isRunning, longestMs / 6).catch(() => signalGroup('SIGKILL'));
    release();
  }
}

async function expectSuccess(ended: Promise<unknown>): Promise<void> {
  const end = await ended;
  if (end !== 0) throw new Error(`the test ended with ${end}`);
}

async function failAtEnd(ended: Promise<unknown>): Promise<never> {
  throw new Error(`the service ended with ${await ended}`);
}

/** The request is sent once: an attempt that finds nobody listening leaves no trace. */
async function isAnswered(port: number, traceparent: string): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent },
    body: JSON.stringify({ item: 'a book' }),
  });
  if (response.status !== 201) throw new Error(`status ${response.status}: ${await response.text()}`);
  return true;
}

function isComplete({ spansOf, logsOf }: OtlpReceiver, traceId: string): boolean {
  const found = differences(spansOf(traceId), logsOf(traceId));
  if (found.length > 0) throw new Error(found.join('\n'));
  return true;
}
