// The frontend's settings. The OTEL_* variables are read by telemetry/.
import { type Static, Type } from 'typebox';
import { pageSettings } from '../page/settings.ts';
import { commonSettings, integer, port, url } from '../service/config.ts';

export const Config = Type.Object({
  ...commonSettings,
  FRONTEND_PORT: port(),
  BACKEND_PORT: port(),
  BACKEND_URL: Type.Optional(url('http://localhost:3002')),
  BACKEND_TIMEOUT_MS: integer(5_000, 10, 60_000),
  EMIT_INTERVAL_MS: integer(5_000, 0, 86_400_000),
  ...pageSettings,
});

/** The backend on this machine, unless BACKEND_URL names another. */
export function backendUrl({ BACKEND_URL, BACKEND_PORT }: Config): string {
  return BACKEND_URL ?? `http://localhost:${BACKEND_PORT}`;
}

export type Config = Static<typeof Config>;
