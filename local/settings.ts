// The settings of local mode. The values come from .env, by local/run.sh or node --env-file=.env.
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { Type } from 'typebox';
import { Config as FrontendConfig } from '../frontend/config.ts';
import { port, readConfigOrExit } from '../service/config.ts';

export const root = dirname(import.meta.dirname);

const ports = { UI_PORT: port(), FRONTEND_PORT: port(), BACKEND_PORT: port(), OTLP_GRPC_PORT: port(), POSTGRES_PORT: port() };
export type PortName = keyof typeof ports;

const Settings = Type.Object({
  ...ports,
  BACKEND_PASSWORD: Type.String({ description: 'the password of the backend in PostgreSQL' }),
  EMIT_INTERVAL_MS: FrontendConfig.properties.EMIT_INTERVAL_MS,
  RESOURCE_ATTRIBUTES: Type.String({ description: 'key=value pairs, separated by commas' }),
  DEMO_POSTGRES_URL: Type.Optional(
    Type.String({
      pattern: '^postgres(ql)?://[^/@]+@[^/@]+/[^/]+$',
      format: 'url',
      description: 'the address of a database of your own, such as postgres://user:password@host:5432/name',
    }),
  ),
  FAULTS_FILE: Type.String({ description: 'the path of a file that make fault writes' }),
  LOCAL_STATE_DIRECTORY: Type.String({ default: join(root, '.local'), description: 'a path' }),
});

export const settings = readConfigOrExit(Settings);

/** Contains the data, the logs and the notes about running components. */
export const stateDirectory = settings.LOCAL_STATE_DIRECTORY;

/** If it has changed, `up` restarts the running components. */
export const settingsHash = createHash('sha256').update(JSON.stringify(settings)).digest('hex');

export const urls = {
  viewer: `http://localhost:${settings.UI_PORT}`,
  frontend: `http://localhost:${settings.FRONTEND_PORT}`,
  backend: `http://localhost:${settings.BACKEND_PORT}`,
};
