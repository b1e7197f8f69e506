// Starts the instrumentation of this process. Traces and logs are exported over OTLP. Settings are the OTEL_* variables of OpenTelemetry;
// options cover what these cannot express.
import { DiagConsoleLogger, DiagLogLevel, diag } from '@opentelemetry/api';
import { CompositePropagator } from '@opentelemetry/core';
import { type Instrumentation, registerInstrumentations } from '@opentelemetry/instrumentation';
import { detectResources } from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import type { Sampler } from '@opentelemetry/sdk-trace';
import { deliverLogRecords, deliverSpans } from './delivery.ts';
import { deliverBeforeExit } from './end-of-process.ts';
import { instrumentEsModules } from './es-modules.ts';
import {
  createLogExporter,
  createSpanExporter,
  exportersOf,
  metricExporters,
  otherLogRecordProcessors,
  otherSpanProcessors,
} from './exporters.ts';
import { keepTicksFast } from './fast-ticks.ts';
import { instrumentations } from './instrumentations.ts';
import { logOnce, messageOf } from './log.ts';
import type { MetricsSetup } from './metrics.ts';
import { readOptions, type StartOptions } from './options.ts';
import { replaceTestedSerializers } from './otlp.ts';
import { ParentSampler } from './parent-sampler.ts';
import { logRecordProcessors, spanProcessors } from './processors.ts';
import { createPropagator } from './propagator.ts';
import { resource, resourceDetectors } from './resource.ts';
import { reportSettings, setting, withValidEnvironment } from './settings.ts';

/** Shared by all copies of this package: two would create each span twice. */
const started = Symbol.for('telemetry.started');
const state = globalThis as { [started]?: boolean };

/**
 * Instruments what the application loads from now on. Call it once, before anything else is loaded: from a module that is preloaded
 * with `--import`, or from the first import of the application. The module `register` of this package calls `start()`.
 *
 * Never throws, and never rejects: a wrong option or variable is logged once and its default used, and a service runs without telemetry
 * rather than not at all. A second call does nothing, and is logged.
 *
 * @param options all optional; an option takes precedence over a variable for the same setting
 * @returns resolves when metrics are recorded as well, if they are asked for: `await` it before an application creates instruments of its
 * own. Everything else is in place when the call returns
 */
export async function start(options: StartOptions = {}): Promise<void> {
  if (setting('OTEL_SDK_DISABLED') === 'true') return;
  if (state[started]) return logOnce('start() was called again: telemetry has started, and the options of this call are ignored');
  state[started] = true;
  reportSettings();
  const { options: usable, problems } = readOptions(options);
  for (const problem of problems) logOnce(problem);
  let metrics: MetricsSetup | undefined;
  try {
    metrics = withValidEnvironment(() => startSdk(usable));
  } catch (error) {
    logOnce(`cannot start, the service runs without telemetry: ${error instanceof Error ? error.stack : error}`);
  }
  if (!metrics) return;
  try {
    (await import('./metrics.ts')).startMetrics(metrics);
  } catch (error) {
    logOnce(`cannot start metrics: ${error instanceof Error ? error.stack : error}`);
  }
}

/** @returns the input of startMetrics(); undefined if metrics are disabled */
function startSdk(options: StartOptions): MetricsSetup | undefined {
  // Prints the exporters' warnings, for example about a partial success. OTEL_LOG_LEVEL sets another level.
  if (!setting('OTEL_LOG_LEVEL')) diag.setLogger(new DiagConsoleLogger(), DiagLogLevel.WARN);
  const { sampler, propagators, metricReaders: readers = [], views = [], ignore, requestHook, responseHook } = options;
  const given = (options.instrumentations ?? []).flat();
  const hasMetrics = readers.length > 0 || metricExporters().length > 0;
  const hasLogs = (options.logRecordProcessors ?? []).length > 0 || exportersOf('LOGS').size > 0;
  const fastify = { ignore, requestHook, responseHook };
  const enableLater = (waiting: Instrumentation[]) => waiting.forEach(register);
  const { all, modules } = instrumentations({ given, fastify, hasLogs, hasMetrics, enableLater });
  instrumentEsModules(modules);
  replaceTestedSerializers();
  const described = resource().merge(detectResources({ detectors: resourceDetectors() }));
  new NodeSDK({
    resource: described,
    autoDetectResources: false, // done, once for all signals
    instrumentations: all.filter((each) => !given.includes(each)),
    textMapPropagator: propagators ? new CompositePropagator({ propagators }) : createPropagator(),
    sampler: sampler ?? defaultSampler(),
    spanProcessors: spanProcessors([...deliverSpans(createSpanExporter), ...otherSpanProcessors()], options),
    logRecordProcessors: logRecordProcessors([...deliverLogRecords(createLogExporter), ...otherLogRecordProcessors()], options),
    metricReaders: [],
  }).start();
  for (const each of given) register(each);
  deliverBeforeExit();
  keepTicksFast();
  return hasMetrics ? { resource: described, instrumentations: all, readers, views } : undefined;
}

/** @returns undefined if OTEL_TRACES_SAMPLER asks for another sampler, which the SDK then creates */
function defaultSampler(): Sampler | undefined {
  const name = setting('OTEL_TRACES_SAMPLER') ?? 'parentbased_always_on';
  return name === 'parentbased_always_on' ? new ParentSampler() : undefined;
}

/** An instrumentation of the application that throws does not affect the others. */
function register(instrumentation: Instrumentation): void {
  try {
    registerInstrumentations({ instrumentations: [instrumentation] });
  } catch (error) {
    logOnce(`${instrumentation.instrumentationName} cannot be enabled: ${messageOf(error)}`);
  }
}
