// What makes spans, and what does not. The hot paths of a Fastify service have code of their own: fastify.ts, pg.ts, pino.ts.
import { isBuiltin } from 'node:module';
import { getNodeAutoInstrumentations } from '@opentelemetry/auto-instrumentations-node';
import type { Instrumentation, InstrumentationModuleDefinition } from '@opentelemetry/instrumentation';
import { exporterOf } from './exporters.ts';
import { PgInstrumentation } from './pg.ts';
import { PinoInstrumentation } from './pino.ts';
import { setting } from './settings.ts';

/**
 * Every instrumentation of auto-instrumentations-node that a service may need: each does nothing until its package is loaded.
 * OTEL_NODE_ENABLED_INSTRUMENTATIONS=pg,pino,undici would start these three alone; Fastify's spans are there in any case.
 */
export function instrumentations() {
  return [
    ...(isWanted('pg') ? [new PgInstrumentation()] : []),
    ...(isWanted('pino') ? [new PinoInstrumentation({ exports: exporterOf('LOGS') !== 'none' })] : []),
    ...getNodeAutoInstrumentations({
      '@opentelemetry/instrumentation-http': { disableIncomingRequestInstrumentation: true },
      '@opentelemetry/instrumentation-pg': { enabled: false },
      '@opentelemetry/instrumentation-pino': { enabled: false },
      // It watches the event loop a hundred times a second, and each garbage collection, for metrics that are not exported.
      '@opentelemetry/instrumentation-runtime-node': { enabled: false },
      // One span for each system call or name look-up tells nothing about a request.
      '@opentelemetry/instrumentation-fs': { enabled: false },
      '@opentelemetry/instrumentation-net': { enabled: false },
      '@opentelemetry/instrumentation-dns': { enabled: false },
    }),
  ];
}

/** The variables are those of auto-instrumentations-node, which reads them for its own. */
function isWanted(name: string): boolean {
  const enabled = setting('OTEL_NODE_ENABLED_INSTRUMENTATIONS');
  const disabled = setting('OTEL_NODE_DISABLED_INSTRUMENTATIONS') ?? '';
  return (!enabled || namesIn(enabled).includes(name)) && !namesIn(disabled).includes(name);
}

function namesIn(list: string): string[] {
  return list.split(',').map((name) => name.trim());
}

/** What InstrumentationBase has beyond its interface. */
type Patching = Instrumentation & { getModuleDefinitions?: () => InstrumentationModuleDefinition[] };

/**
 * What import-in-the-middle has to look into: every other ES module is left as it is, which makes both its start and its calls faster.
 *
 * @returns names of Node.js' own modules, and patterns for all files of a package
 */
export function instrumentedModules(all: Instrumentation[]): (string | RegExp)[] {
  const names = new Set(all.flatMap((each) => (each as Patching).getModuleDefinitions?.().map(({ name }) => name) ?? []));
  return [...names].map((name) => (isBuiltin(name) ? name : new RegExp(`/node_modules/${RegExp.escape(name)}/`)));
}
