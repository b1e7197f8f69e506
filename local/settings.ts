// Where things lie and listen. The values come from .env, by way of node --env-file.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Type } from 'typebox';
import { port, readConfigOrExit } from '../service/config.ts';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const Settings = Type.Object({
  UI_PORT: port(),
  FRONTEND_PORT: port(),
  BACKEND_PORT: port(),
  OTLP_GRPC_PORT: port(),
  PGPORT: port(),
  PGDATABASE: Type.String({ description: 'the name of a database' }),
  PGUSER: Type.String({ description: 'the name of a role' }),
  PGPASSWORD: Type.String({ description: 'a password' }),
  LOCAL_STATE_DIRECTORY: Type.String({ default: join(root, '.local'), description: 'a path' }),
});

export const settings = readConfigOrExit(Settings);

/** Data, logs and the notes of what runs. */
export const stateDirectory = settings.LOCAL_STATE_DIRECTORY;

export const urls = {
  viewer: `http://localhost:${settings.UI_PORT}`,
  frontend: `http://localhost:${settings.FRONTEND_PORT}`,
  backend: `http://localhost:${settings.BACKEND_PORT}`,
};
