// Starts the instrumentation of this process. Traces and logs are exported over OTLP; every setting is one of OpenTelemetry's own OTEL_* variables.
import { DiagConsoleLogger, DiagLogLevel, diag } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { deliverLogRecords, deliverSpans } from './delivery.ts';
import { deliverBeforeExit } from './end-of-process.ts';
import { instrumentEsModules } from './es-modules.ts';
import { createLogExporter, createSpanExporter, otherLogRecordProcessors, otherSpanProcessors } from './exporters.ts';
import { FastifyInstrumentation } from './fastify.ts';
import { instrumentations, instrumentedModules } from './instrumentations.ts';
import { privacy } from './privacy.ts';
import { createPropagator } from './propagator.ts';
import { resource, resourceDetectors } from './resource.ts';
import { logOnce, reportSettings, setting, withValidEnvironment } from './settings.ts';
import { preciseStart } from './span-clock.ts';

/** Never throws: a service runs without telemetry rather than not at all. */
export function start(): void {
  if (setting('OTEL_SDK_DISABLED') === 'true') return;
  reportSettings();
  try {
    withValidEnvironment(startSdk);
  } catch (error) {
    logOnce(`cannot start, the service runs without telemetry: ${error instanceof Error ? error.stack : error}`);
  }
}

function startSdk(): void {
  // What the exporters have to say, such as that a receiver took only a part. OTEL_LOG_LEVEL sets another level.
  if (!setting('OTEL_LOG_LEVEL')) diag.setLogger(new DiagConsoleLogger(), DiagLogLevel.WARN);
  const all = [new FastifyInstrumentation(), ...instrumentations()];
  instrumentEsModules(instrumentedModules(all));
  const spanProcessors = [...deliverSpans(createSpanExporter), ...otherSpanProcessors()];
  new NodeSDK({
    resource: resource(),
    resourceDetectors: resourceDetectors(),
    instrumentations: all,
    textMapPropagator: createPropagator(),
    spanProcessors: spanProcessors.length > 0 ? [preciseStart, privacy, ...spanProcessors] : [],
    logRecordProcessors: [...deliverLogRecords(createLogExporter), ...otherLogRecordProcessors()],
    metricReaders: [],
  }).start();
  deliverBeforeExit();
}
