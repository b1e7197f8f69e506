// What creates spans, and what does not. The hot paths of a Fastify service have code of their own: fastify.ts, pg.ts, pino.ts, http-client.ts.
import { getNodeAutoInstrumentations } from '@opentelemetry/auto-instrumentations-node';
import type { Instrumentation, InstrumentationModuleDefinition } from '@opentelemetry/instrumentation';
import { exportersOf } from './exporters.ts';
import { HttpClientInstrumentation } from './http-client.ts';
import { PgInstrumentation } from './pg.ts';
import { PinoInstrumentation } from './pino.ts';
import { setting } from './settings.ts';
import { correctAttributes, removeForwardedHeaders } from './undici.ts';

/**
 * Every instrumentation of auto-instrumentations-node that a service may need: each does nothing until its package is loaded.
 * With OTEL_NODE_ENABLED_INSTRUMENTATIONS=pg,pino,undici these three are the only ones, and Fastify's spans beside them.
 */
export function instrumentations(): Instrumentation[] {
  return [
    ...(isEnabled('pg') ? [new PgInstrumentation()] : []),
    ...(isEnabled('pino') ? [new PinoInstrumentation({ exports: exportersOf('LOGS').size > 0 })] : []),
    ...(isEnabled('http') ? [new HttpClientInstrumentation()] : []),
    ...getNodeAutoInstrumentations({
      '@opentelemetry/instrumentation-http': { enabled: false },
      '@opentelemetry/instrumentation-pg': { enabled: false },
      '@opentelemetry/instrumentation-pino': { enabled: false },
      '@opentelemetry/instrumentation-undici': {
        startSpanHook: correctAttributes,
        requestHook: removeForwardedHeaders,
      },
      // Without these, they write keys and values into the text of a statement.
      '@opentelemetry/instrumentation-ioredis': { dbStatementSerializer: commandOnly },
      '@opentelemetry/instrumentation-redis': { dbStatementSerializer: commandOnly },
      '@opentelemetry/instrumentation-mysql2': { maskStatement: true, maskStatementHook: (statement) => statement },
      // It watches the event loop a hundred times a second, and each garbage collection, for metrics that are not exported.
      '@opentelemetry/instrumentation-runtime-node': { enabled: false },
      // One span for each system call or name look-up tells nothing about a request.
      '@opentelemetry/instrumentation-fs': { enabled: false },
      '@opentelemetry/instrumentation-net': { enabled: false },
      '@opentelemetry/instrumentation-dns': { enabled: false },
    }),
  ];
}

function commandOnly(command: string): string {
  return command;
}

/** The variables are those of auto-instrumentations-node, which reads them for its own. */
function isEnabled(name: string): boolean {
  const enabled = setting('OTEL_NODE_ENABLED_INSTRUMENTATIONS')?.split(',');
  const disabled = setting('OTEL_NODE_DISABLED_INSTRUMENTATIONS')?.split(',');
  return (enabled?.includes(name) ?? true) && !disabled?.includes(name);
}

/** What InstrumentationBase has beyond its interface. */
type Patching = Instrumentation & { getModuleDefinitions?: () => InstrumentationModuleDefinition[] };

/** The names of the modules that are patched: every other one stays as it is, which makes both its start and its calls faster. */
export function instrumentedModules(all: Instrumentation[]): string[] {
  return [...new Set(all.flatMap((each) => (each as Patching).getModuleDefinitions?.().map(({ name }) => name) ?? []))];
}
