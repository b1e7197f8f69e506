// Where things lie and listen. The values come from .env, by way of node --env-file.
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Type } from 'typebox';
import { Config as BackendConfig } from '../backend/config.ts';
import { Config as FrontendConfig } from '../frontend/config.ts';
import { port, readConfigOrExit } from '../service/config.ts';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const Settings = Type.Object({
  UI_PORT: port(),
  FRONTEND_PORT: port(),
  BACKEND_PORT: port(),
  OTLP_GRPC_PORT: port(),
  PGHOST: Type.String({ description: 'localhost, or the host name of a PostgreSQL server of your own' }),
  PGPORT: port(),
  PGDATABASE: Type.String({ description: 'the name of a database' }),
  PGUSER: Type.String({ description: 'the name of a role' }),
  PGPASSWORD: Type.String({ description: 'a password' }),
  LOCAL_STATE_DIRECTORY: Type.String({ default: join(root, '.local'), description: 'a path' }),
});

export const settings = readConfigOrExit(Settings);

/** Data, logs and the notes of what runs. */
export const stateDirectory = settings.LOCAL_STATE_DIRECTORY;

const { UI_PORT, FRONTEND_PORT, BACKEND_PORT, OTLP_GRPC_PORT, PGPORT } = settings;
export const ports = { UI_PORT, FRONTEND_PORT, BACKEND_PORT, OTLP_GRPC_PORT, PGPORT };

const names = Object.keys({ ...Settings.properties, ...FrontendConfig.properties, ...BackendConfig.properties });
const given = Object.entries(process.env).filter(([name]) => names.includes(name) || name.startsWith('OTEL_'));

/** Where it has changed, `up` starts anew what runs. */
export const settingsHash = createHash('sha256').update(JSON.stringify(given.sort())).digest('hex');

export const urls = {
  viewer: `http://localhost:${settings.UI_PORT}`,
  frontend: `http://localhost:${settings.FRONTEND_PORT}`,
  backend: `http://localhost:${settings.BACKEND_PORT}`,
};
