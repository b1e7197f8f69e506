// The environment of the components. It is explicit, so that nothing a shell exports for another project reaches them: not PGHOST,
// not HTTP_PROXY, not NODE_OPTIONS.
import { settings } from './settings.ts';

export type Environment = Record<string, string>;

/** All that a component inherits. */
export function baseEnvironment(): Environment {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME };
}

/** What both services are started with. */
export function serviceEnvironment(): Environment {
  return {
    FRONTEND_PORT: String(settings.FRONTEND_PORT),
    BACKEND_PORT: String(settings.BACKEND_PORT),
    UI_PORT: String(settings.UI_PORT),
    EMIT_INTERVAL_MS: String(settings.EMIT_INTERVAL_MS),
    FAULTS_FILE: settings.FAULTS_FILE,
    ...databaseEnvironment(),
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://localhost:${settings.OTLP_GRPC_PORT}`,
    OTEL_BSP_SCHEDULE_DELAY: '200', // ms; less than the default 500, for people who look at what they just did
    OTEL_BLRP_SCHEDULE_DELAY: '200',
    OTEL_RESOURCE_ATTRIBUTES: settings.RESOURCE_ATTRIBUTES,
  };
}

/** The database that the demo starts, unless DEMO_POSTGRES_URL names another. */
export function databaseEnvironment(): Environment {
  const { DEMO_POSTGRES_URL, POSTGRES_PORT, BACKEND_PASSWORD } = settings;
  if (!DEMO_POSTGRES_URL) {
    return {
      PGHOST: 'localhost',
      PGPORT: String(POSTGRES_PORT),
      PGDATABASE: 'demo',
      PGUSER: 'demo',
      PGPASSWORD: BACKEND_PASSWORD,
    };
  }
  const { hostname, port, pathname, username, password, searchParams } = new URL(DEMO_POSTGRES_URL);
  const sslMode = searchParams.get('sslmode');
  return {
    PGHOST: hostname,
    PGPORT: port || '5432',
    PGDATABASE: decodeURIComponent(pathname.slice(1)),
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    ...(sslMode ? { PGSSLMODE: sslMode } : {}),
  };
}
