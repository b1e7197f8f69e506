// What runs without Docker, in the order that it starts.

import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { postgresCommand } from './postgres.ts';
import type { Command } from './process.ts';
import { settings, stateDirectory, urls } from './settings.ts';
import { viewerCommand } from './viewer.ts';

export interface Part {
  name: string;
  /** The variables that say what it listens on. */
  ports: ('UI_PORT' | 'FRONTEND_PORT' | 'BACKEND_PORT' | 'OTLP_GRPC_PORT' | 'PGPORT')[];
  command(): Command | Promise<Command>;
  /** Rejects until it can do its work. */
  check(): Promise<void>;
}

const register = fileURLToPath(import.meta.resolve('../telemetry/src/register.ts'));

const isOwnPostgres = ['localhost', '127.0.0.1', '::1'].includes(settings.PGHOST);

const all: Part[] = [
  {
    name: 'postgres',
    ports: ['PGPORT'],
    command: () =>
      postgresCommand({
        directory: stateDirectory,
        port: settings.PGPORT,
        database: settings.PGDATABASE,
        user: settings.PGUSER,
        password: settings.PGPASSWORD,
      }),
    check: () => accepts(settings.PGPORT),
  },
  {
    name: 'viewer',
    ports: ['UI_PORT', 'OTLP_GRPC_PORT'],
    command: () => viewerCommand({ directory: stateDirectory, port: settings.UI_PORT, otlpGrpcPort: settings.OTLP_GRPC_PORT }),
    check: () => answers(`${urls.viewer}/healthz`),
  },
  {
    name: 'backend',
    ports: ['BACKEND_PORT'],
    command: () => serviceCommand('backend'),
    check: () => answers(`${urls.backend}/readyz`),
  },
  {
    name: 'frontend',
    ports: ['FRONTEND_PORT'],
    command: () => serviceCommand('frontend'),
    check: () => answers(`${urls.frontend}/readyz`),
  },
];

/** With PGHOST, PostgreSQL may be one that runs elsewhere. */
export const parts = all.filter(({ name }) => name !== 'postgres' || isOwnPostgres);

function serviceCommand(name: string): Command {
  const main = fileURLToPath(import.meta.resolve(`../${name}/main.ts`));
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://localhost:${settings.OTLP_GRPC_PORT}`,
    OTEL_BSP_SCHEDULE_DELAY: '200', // ms; less than the default 500, for people who look at what they just did
    OTEL_BLRP_SCHEDULE_DELAY: '200',
  };
  return { file: process.execPath, args: ['--import', register, main], env };
}

async function answers(url: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${url} answered with ${response.status}`);
}

function accepts(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: 'localhost', port });
    socket.once('error', reject).once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}
