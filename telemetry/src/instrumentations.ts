// What creates spans, and what does not. The hot paths of a Fastify service have code of their own: fastify.ts, pg.ts, pino.ts, http-client.ts.
import { getNodeAutoInstrumentations } from '@opentelemetry/auto-instrumentations-node';
import type { Instrumentation, InstrumentationModuleDefinition } from '@opentelemetry/instrumentation';
import { exportersOf } from './exporters.ts';
import { FastifyInstrumentation } from './fastify.ts';
import { HttpClientInstrumentation } from './http-client.ts';
import { instrumentationNames } from './instrumentation-names.ts';
import type { FastifyInstrumentationConfig } from './options.ts';
import { PgInstrumentation } from './pg.ts';
import { PinoInstrumentation } from './pino.ts';
import { setting } from './settings.ts';
import { correctAttributes, removeForwardedHeaders } from './undici.ts';

interface Choice {
  /** Those of the application: each is used in place of another one with the same short name. */
  given?: Instrumentation[];
  /** For Fastify's. */
  fastify?: FastifyInstrumentationConfig;
  /** Whether metrics are exported. */
  hasMetrics?: boolean;
}

/** In place of those of auto-instrumentations-node, and, for Fastify, beside it. */
const ours: Record<string, (choice: Choice) => Instrumentation> = {
  fastify: ({ fastify = {} }) => {
    const instrumentation = new FastifyInstrumentation();
    instrumentation.setConfig({ enabled: true, ...fastify });
    return instrumentation;
  },
  pg: () => new PgInstrumentation(),
  pino: () => new PinoInstrumentation({ exports: exportersOf('LOGS').size > 0 }),
  http: () => new HttpClientInstrumentation(),
};

/** Not unless OTEL_NODE_ENABLED_INSTRUMENTATIONS has them: a span for each system call or name look-up tells nothing about a request. */
const disabledByDefault = ['fs', 'net', 'dns', 'host-metrics'];

const autoConfig: NonNullable<Parameters<typeof getNodeAutoInstrumentations>[0]> = {
  '@opentelemetry/instrumentation-undici': {
    startSpanHook: correctAttributes,
    requestHook: removeForwardedHeaders,
  },
  // Without these, they write keys and values into the text of a statement.
  '@opentelemetry/instrumentation-ioredis': { dbStatementSerializer: commandOnly },
  '@opentelemetry/instrumentation-redis': { dbStatementSerializer: commandOnly },
  '@opentelemetry/instrumentation-mysql2': { maskStatement: true, maskStatementHook: (statement) => statement },
};

/**
 * Every instrumentation of auto-instrumentations-node that a service may need: each does nothing until its package is loaded.
 * With OTEL_NODE_ENABLED_INSTRUMENTATIONS=fastify,pg,pino these three are the only ones, beside those of the application.
 */
export function instrumentations(choice: Choice = {}): Instrumentation[] {
  const { given = [], hasMetrics = false } = choice;
  const replaced = new Set(given.map(({ instrumentationName }) => shortNameOf(instrumentationName)));
  const isUsed = (name: string) => isEnabled(name) && !replaced.has(name);
  const auto = instrumentationNames.filter((name) => isUsed(name) && !(name in ours));
  return [
    ...Object.keys(ours)
      .filter(isUsed)
      .flatMap((name) => ours[name]?.(choice) ?? []),
    // It watches the event loop a hundred times a second, and each garbage collection, for metrics alone.
    ...createAuto(hasMetrics ? auto : auto.filter((name) => name !== 'runtime-node')),
    ...given,
  ];
}

/**
 * What an instrumentation is for: the last part of its name, or its scope where that part tells nothing.
 *
 * @param name such as `@opentelemetry/instrumentation-pg`, `telemetry/pg` or `@fastify/otel`
 */
export function shortNameOf(name: string): string {
  const parts = String(name).replace(/^@/, '').split('/');
  const last = (parts.pop() ?? '').replace(/^(opentelemetry-)?instrumentation-/, '');
  return /^(otel|opentelemetry|instrumentation)$/.test(last) ? (parts[0] ?? last) : last;
}

/** The names are decided on here: auto-instrumentations-node would complain about `fastify`, which it does not have. */
function createAuto(names: string[]): Instrumentation[] {
  const environment = process.env;
  process.env = { ...environment };
  delete process.env.OTEL_NODE_ENABLED_INSTRUMENTATIONS;
  delete process.env.OTEL_NODE_DISABLED_INSTRUMENTATIONS;
  try {
    const entries = instrumentationNames.map((each) => {
      const name = `@opentelemetry/instrumentation-${each}` as keyof typeof autoConfig;
      return [name, { ...autoConfig[name], enabled: names.includes(each) }];
    });
    return getNodeAutoInstrumentations(Object.fromEntries(entries));
  } finally {
    process.env = environment;
  }
}

function commandOnly(command: string): string {
  return command;
}

/** The variables are those of auto-instrumentations-node, with `fastify` added. */
function isEnabled(name: string): boolean {
  const enabled = setting('OTEL_NODE_ENABLED_INSTRUMENTATIONS')?.split(',');
  const disabled = setting('OTEL_NODE_DISABLED_INSTRUMENTATIONS')?.split(',');
  return (enabled?.includes(name) ?? !disabledByDefault.includes(name)) && !disabled?.includes(name);
}

/** What InstrumentationBase has beyond its interface. */
type Patching = Instrumentation & { getModuleDefinitions?: () => InstrumentationModuleDefinition[] };

/** The names of the modules that are patched: every other one stays as it is, which makes both its start and its calls faster. */
export function instrumentedModules(all: Instrumentation[]): string[] {
  return [...new Set(all.flatMap((each) => (each as Patching).getModuleDefinitions?.().map(({ name }) => name) ?? []))];
}
