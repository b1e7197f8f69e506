// Sentry as its documentation sets it up, with all traces, and with the lines of pino as its logs.
import * as Sentry from '@sentry/node';

Sentry.init({
  dsn: process.env.SENTRY_DSN,
  tracesSampleRate: 1,
  enableLogs: true,
  integrations: [Sentry.pinoIntegration()],
});
