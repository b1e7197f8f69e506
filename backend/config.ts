// The backend's settings. The OTEL_* variables are read by telemetry/.
import { type Static, Type } from 'typebox';
import { commonSettings, integer, port } from '../service/config.ts';

export const Config = Type.Object({
  ...commonSettings,
  BACKEND_PORT: port(),
  PGHOST: Type.String({ description: 'the host name of a PostgreSQL server' }),
  PGPORT: port(),
  PGDATABASE: Type.String({ description: 'the name of a database' }),
  PGUSER: Type.String({ description: 'a role that may create tables there' }),
  PGPASSWORD: Type.String({ description: 'the password of that role' }),
  POOL_SIZE: integer(10, 1, 1_000),
  DATABASE_TIMEOUT_MS: integer(3_000, 10, 60_000),
});

export type Config = Static<typeof Config>;
