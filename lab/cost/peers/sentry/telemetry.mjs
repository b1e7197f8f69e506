// Sentry, set up as in its documentation, with all traces and with pino lines as logs.
import * as Sentry from '@sentry/node';

Sentry.init({
  dsn: process.env.SENTRY_DSN,
  tracesSampleRate: 1,
  enableLogs: true,
  integrations: [Sentry.pinoIntegration()],
});
