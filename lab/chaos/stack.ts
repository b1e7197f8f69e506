// What a fault, the load and the account need of the stack, in either mode.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import type { TraceSpan } from '../../page/complete-trace.ts';
import { demoDatabase } from '../../test/support/demo-database.ts';
import { freePort } from '../../test/support/free-port.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export type Mode = 'local' | 'docker';
export type Part = 'backend' | 'frontend' | 'postgres' | 'viewer' | 'collector' | 'tempo' | 'loki' | 'prometheus';

export interface Stack {
  parts: Part[];
  /** What is still on its way comes within this: longer than the longest pause between two tries to send it. */
  quietMs: number;
  kill(part: Part, signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  freeze(part: Part): Promise<void>;
  thaw(part: Part): Promise<void>;
  /** What brings a dead part back: nothing where something restarts it by itself. */
  bringBack(): Promise<void>;
  restart(part: Part): Promise<void>;
  /** By trace id; a trace of which nothing is there may be missing. */
  spansOf(traceIds: string[]): Promise<Map<string, TraceSpan[]>>;
  /** The services that a log line of the trace is there of. */
  logsOf(traceIds: string[]): Promise<Map<string, Set<string>>>;
  /** What the parts themselves say from now on, in lines and metrics, that they have lost or refused. */
  listen(): Promise<() => Promise<Said>>;
  /** Leaves nothing behind. */
  stop(): Promise<void>;
}

/** Of spans and log records. */
export interface Said {
  /** Lost for good. */
  lost: number;
  /** Given back to the sender, who tries again. */
  refused: number;
}

const ports = [
  'UI_PORT',
  'FRONTEND_PORT',
  'BACKEND_PORT',
  'OTLP_GRPC_PORT',
  'OTLP_HTTP_PORT',
  'POSTGRES_PORT',
  'TEMPO_PORT',
  'LOKI_PORT',
  'PROMETHEUS_PORT',
];

/** So that a stack that runs is not touched. The children of this process have it too. */
export async function useOwnPorts(): Promise<void> {
  const free = new Set<number>();
  while (free.size < ports.length) free.add(await freePort()); // which may give the same one twice
  for (const [place, port] of [...free].entries()) process.env[ports[place] as string] = String(port);
  process.env.EMIT_INTERVAL_MS = '0';
  for (const name of ['MAKEFLAGS', 'MAKEOVERRIDES', 'MFLAGS']) delete process.env[name]; // they would decide MODE for make up
  process.loadEnvFile(`${root}.env`); // what is set wins
}

const execute = promisify(execFile);

/** @returns stdout. @throws where it ends with another status than 0 */
export async function run(file: string, ...args: string[]): Promise<string> {
  return (await execute(file, args, { cwd: root, maxBuffer: 1e8 })).stdout;
}

/** A connection as the backend's role. */
export async function connectToPostgres(): Promise<pg.Client> {
  const client = new pg.Client({ ...demoDatabase(), connectionTimeoutMillis: 5_000, application_name: 'chaos' });
  client.on('error', () => {}); // the server may be the one that is killed
  await client.connect();
  return client;
}

/** What the services log of telemetry that they could not deliver: telemetry/src/queue.ts. */
export function lossesIn(output: string): number {
  const sentences = output.matchAll(/telemetry: (\d+) (?:spans|log records) were (?:dropped|refused|not delivered)/g);
  return [...sentences].reduce((sum, [, count]) => sum + Number(count), 0);
}
