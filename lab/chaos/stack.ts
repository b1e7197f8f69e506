// The interface of the stack for faults, load and checks, in either mode.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import type { TraceSpan } from '../../page/complete-trace.ts';
import { demoDatabase } from '../../test/support/demo-database.ts';
import { freePort } from '../../test/support/free-port.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export type Mode = 'local' | 'docker';
export type Component = 'backend' | 'frontend' | 'postgres' | 'viewer' | 'collector' | 'tempo' | 'loki' | 'prometheus';

export interface Stack {
  components: Component[];
  /** Telemetry in flight arrives within this time. It is longer than the longest retry interval. */
  quietMs: number;
  kill(component: Component, signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  freeze(component: Component): Promise<void>;
  thaw(component: Component): Promise<void>;
  /** Starts stopped components again; does nothing if they are restarted automatically. */
  startStopped(): Promise<void>;
  restart(component: Component): Promise<void>;
  /** By trace id. A trace without any stored span may be missing. */
  spansOf(traceIds: string[]): Promise<Map<string, TraceSpan[]>>;
  /** By trace id, the services that have a stored log line. */
  logsOf(traceIds: string[]): Promise<Map<string, Set<string>>>;
  /** Starts to count what components report as lost or refused, in log lines and metrics. @returns the counts since then */
  countLosses(): Promise<() => Promise<Losses>>;
  /** Removes the stack with its data. */
  stop(): Promise<void>;
}

/** Counts of spans and log records. */
export interface Losses {
  /** Permanently lost. */
  lost: number;
  /** Refused and retried by the sender. */
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

/** Sets free ports in the environment, also for child processes, so that a running stack is not affected. */
export async function useFreePorts(): Promise<void> {
  const free = new Set<number>();
  while (free.size < ports.length) free.add(await freePort()); // may return the same port twice
  for (const [place, port] of [...free].entries()) process.env[ports[place] as string] = String(port);
  process.env.EMIT_INTERVAL_MS = '0';
  for (const name of ['MAKEFLAGS', 'MAKEOVERRIDES', 'MFLAGS']) delete process.env[name]; // they would override MODE of make up
  process.loadEnvFile(`${root}.env`); // does not override variables that are set
}

const execute = promisify(execFile);

/** @returns stdout. @throws if the exit code is not 0 */
export async function run(file: string, ...args: string[]): Promise<string> {
  return (await execute(file, args, { cwd: root, maxBuffer: 1e8 })).stdout;
}

/** Connects with the role of the backend. */
export async function connectToPostgres(): Promise<pg.Client> {
  const client = new pg.Client({ ...demoDatabase(), connectionTimeoutMillis: 5_000, application_name: 'chaos' });
  client.on('error', () => {}); // the server may be killed
  await client.connect();
  return client;
}

/** @returns the number of spans and log records that services logged as undelivered: see telemetry/src/queue.ts */
export function lossesIn(output: string): number {
  const sentences = output.matchAll(/telemetry: (\d+) (?:spans|log records) were (?:dropped|refused|not delivered)/g);
  return [...sentences].reduce((sum, [, count]) => sum + Number(count), 0);
}
