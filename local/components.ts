// The components of local mode, in the order that they start.
import { fileURLToPath } from 'node:url';
import { isTaken } from '../telemetry/src/dev/taken-ports.ts';
import { serviceEnvironment } from './environment.ts';
import { postgresCommand } from './postgres.ts';
import type { Command } from './process.ts';
import { type PortName, settings, stateDirectory, urls } from './settings.ts';
import { viewerCommand } from './viewer.ts';

export interface Component {
  name: string;
  /** The settings that define what it listens on. */
  ports: PortName[];
  command(): Command | Promise<Command>;
  /** Rejects until it is ready. */
  check(): Promise<void>;
}

const register = fileURLToPath(import.meta.resolve('../telemetry/src/register.ts'));

const postgres: Component = {
  name: 'postgres',
  ports: ['POSTGRES_PORT'],
  command: () =>
    postgresCommand({
      directory: stateDirectory,
      port: settings.POSTGRES_PORT,
      database: 'demo',
      user: 'demo',
      password: settings.BACKEND_PASSWORD,
    }),
  check: async () => {
    if (!(await isTaken(settings.POSTGRES_PORT))) throw new Error('it does not accept connections');
  },
};

const viewer: Component = {
  name: 'viewer',
  ports: ['UI_PORT', 'OTLP_GRPC_PORT'],
  command: () => viewerCommand({ directory: stateDirectory, port: settings.UI_PORT, otlpGrpcPort: settings.OTLP_GRPC_PORT }),
  check: () => answers(`${urls.viewer}/healthz`),
};

export const components = [
  ...(settings.DEMO_POSTGRES_URL ? [] : [postgres]),
  viewer,
  service('backend', 'BACKEND_PORT'),
  service('frontend', 'FRONTEND_PORT'),
];

function service(name: 'backend' | 'frontend', port: PortName): Component {
  const main = fileURLToPath(import.meta.resolve(`../${name}/main.ts`));
  return {
    name,
    ports: [port],
    command: () => ({ file: process.execPath, args: ['--import', register, main], env: serviceEnvironment() }),
    check: () => answers(`${urls[name]}/readyz`),
  };
}

async function answers(url: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${url} answered with ${response.status}`);
}
