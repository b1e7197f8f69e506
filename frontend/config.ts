// All of the frontend's environment. The OTEL_* variables are read by telemetry/.
import { type Static, Type } from 'typebox';
import { commonSettings, port, url, whole } from '../service/config.ts';

export const Config = Type.Object({
  ...commonSettings,
  FRONTEND_PORT: port(),
  BACKEND_PORT: port(),
  BACKEND_URL: Type.Optional(url('https?', 'http://localhost:3002')),
  BACKEND_TIMEOUT_MS: whole(5_000, 10, 60_000),
  EMIT_INTERVAL_MS: whole(5_000, 0, 86_400_000),
  // Where the front page reads traces back, and leads to. In containers Tempo, Loki and Grafana, else the viewer.
  TEMPO_URL: Type.Optional(url('https?', 'http://localhost:3200')),
  LOKI_URL: Type.Optional(url('https?', 'http://localhost:3100')),
  GRAFANA_URL: Type.Optional(url('https?', 'http://localhost:3000')),
  VIEWER_URL: Type.Optional(url('https?', 'http://localhost:3000')),
  UI_PORT: Type.Optional(port()),
});

/** The backend of the same machine, unless BACKEND_URL says where else. */
export function backendUrl({ BACKEND_URL, BACKEND_PORT }: Config): string {
  return BACKEND_URL ?? `http://localhost:${BACKEND_PORT}`;
}

/** The viewer of the same machine, unless VIEWER_URL says where else; none where Tempo or Loki is set. */
export function viewerUrl({ VIEWER_URL, UI_PORT, TEMPO_URL, LOKI_URL }: Config): string | undefined {
  if (TEMPO_URL || LOKI_URL) return undefined;
  if (VIEWER_URL || !UI_PORT) return VIEWER_URL;
  return `http://localhost:${UI_PORT}`;
}

export type Config = Static<typeof Config>;
