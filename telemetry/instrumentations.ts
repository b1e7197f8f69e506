// What makes spans, and what does not. The hot paths of a Fastify service have code of their own: fastify.ts, pg.ts, pino.ts.
import { getNodeAutoInstrumentations } from '@opentelemetry/auto-instrumentations-node';
import { PgInstrumentation } from './pg.ts';

/**
 * Every instrumentation of auto-instrumentations-node that a service may need: each does nothing until its package is loaded.
 * OTEL_NODE_ENABLED_INSTRUMENTATIONS=http,undici,pino would start these three alone.
 */
export function instrumentations() {
  return [
    new PgInstrumentation(),
    ...getNodeAutoInstrumentations({
      '@opentelemetry/instrumentation-http': { disableIncomingRequestInstrumentation: true },
      '@opentelemetry/instrumentation-pg': { enabled: false },
      '@opentelemetry/instrumentation-pino': { disableLogSending: true },
      // One span for each system call or name look-up tells nothing about a request.
      '@opentelemetry/instrumentation-fs': { enabled: false },
      '@opentelemetry/instrumentation-net': { enabled: false },
      '@opentelemetry/instrumentation-dns': { enabled: false },
    }),
  ];
}
