// What creates spans, and what does not. The hot paths of a Fastify service have code of their own: fastify.ts, pg.ts, pino.ts, http-client.ts.
import type { Instrumentation, InstrumentationModuleDefinition } from '@opentelemetry/instrumentation';
import type { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { areNeededAtStart, beforePackages, createAutoInstrumentations } from './auto-instrumentations.ts';
import { FastifyInstrumentation } from './fastify.ts';
import { HttpClientInstrumentation } from './http-client.ts';
import { instrumentationNames, instrumentedPackages } from './instrumentation-names.ts';
import { loadPackage } from './load-package.ts';
import { logOnce, messageOf } from './log.ts';
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
  /** Whether an exporter or a processor receives log records. */
  hasLogs?: boolean;
  /** Whether metrics are exported. */
  hasMetrics?: boolean;
  /** Enables those that wait for a package, just before the first such package is loaded. */
  enableLater?: (waiting: Instrumentation[]) => void;
}

/** It watches the event loop a hundred times a second, and each garbage collection, for metrics alone. */
const metricsOnly = 'runtime-node';

/** These replace those of auto-instrumentations-node, which has none for Fastify. The last two are its own, created here because they wait for no package. */
const ours: Record<string, (choice: Choice) => Instrumentation> = {
  fastify: ({ fastify }) => new FastifyInstrumentation(fastify),
  pg: () => new PgInstrumentation(),
  pino: ({ hasLogs = false }) => new PinoInstrumentation({ exports: hasLogs }),
  http: () => new HttpClientInstrumentation(),
  undici: () => new UndiciInstrumentation({ startSpanHook: correctAttributes, requestHook: removeForwardedHeaders }),
  [metricsOnly]: () => {
    type Module = { RuntimeNodeInstrumentation: typeof RuntimeNodeInstrumentation };
    return new (loadPackage<Module>('@opentelemetry/instrumentation-runtime-node').RuntimeNodeInstrumentation)();
  },
};

/** Only enabled by OTEL_NODE_ENABLED_INSTRUMENTATIONS: a span for each system call or DNS lookup does not explain a request. */
const disabledByDefault = ['fs', 'net', 'dns', 'host-metrics'];

/** What creates spans in this process. */
interface Instrumentations {
  /** To be enabled at the start; those of the application last. */
  all: Instrumentation[];
  /** The modules that they, and the waiting ones, patch: every other one stays as it is, which makes both its start and its calls faster. */
  modules: string[];
}

/**
 * Every instrumentation of auto-instrumentations-node that a service may need: each does nothing until its package is loaded.
 * With OTEL_NODE_ENABLED_INSTRUMENTATIONS=fastify,pg,pino these three are the only ones, beside those of the application.
 */
export function instrumentations(choice: Choice = {}): Instrumentations {
  const { given = [], hasMetrics = false, enableLater = () => {} } = choice;
  const replaced = new Set(given.map(({ instrumentationName }) => shortNameOf(instrumentationName)));
  const isUsed = (name: string) => isEnabled(name) && !replaced.has(name);
  const own = Object.keys(ours)
    .filter((name) => isUsed(name) && (name !== metricsOnly || hasMetrics))
    .flatMap((name) => ours[name]?.(choice) ?? []);
  const auto = instrumentationNames.filter((name) => isUsed(name) && !(name in ours));
  const packages = auto.flatMap((name) => instrumentedPackages[name] ?? []);
  const isWaiting =
    auto.length > 0 &&
    !areNeededAtStart(auto) &&
    beforePackages(packages, () => {
      try {
        enableLater(createAutoInstrumentations(auto));
      } catch (error) {
        logOnce(`cannot load the instrumentations of auto-instrumentations-node: ${messageOf(error)}`);
      }
    });
  const all = [...own, ...(isWaiting || auto.length === 0 ? [] : createAutoInstrumentations(auto)), ...given];
  return {
    all,
    modules: [...new Set([...instrumentedModules(all), ...(isWaiting ? packages : [])])],
  };
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

/** The variables are those of auto-instrumentations-node, with `fastify` added. */
function isEnabled(name: string): boolean {
  const enabled = setting('OTEL_NODE_ENABLED_INSTRUMENTATIONS')?.split(',');
  const disabled = setting('OTEL_NODE_DISABLED_INSTRUMENTATIONS')?.split(',');
  return (enabled?.includes(name) ?? !disabledByDefault.includes(name)) && !disabled?.includes(name);
}

/** What InstrumentationBase has beyond its interface. */
type Patching = Instrumentation & { getModuleDefinitions?: () => InstrumentationModuleDefinition[] };

function instrumentedModules(all: Instrumentation[]): string[] {
  return all.flatMap((each) => (each as Patching).getModuleDefinitions?.().map(({ name }) => name) ?? []);
}
