// Starts the instrumentation of this process. Traces and logs are exported over OTLP; every setting is one of OpenTelemetry's own OTEL_* variables.
import { DiagConsoleLogger, DiagLogLevel, diag } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { register as instrumentEsModules } from 'import-in-the-middle/register-hooks.mjs';
import { deliverLogRecords, deliverSpans, flush } from './delivery.ts';
import { createLogExporter, createSpanExporter } from './exporters.ts';
import { FastifyInstrumentation } from './fastify.ts';
import { instrumentations, instrumentedModules } from './instrumentations.ts';
import { resource, resourceDetectors } from './resource.ts';
import { checkSettings, setting } from './settings.ts';
import { flushBeforeExit } from './shutdown.ts';
import { preciseStart } from './span-clock.ts';

export function start(): void {
  if (setting('OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return;
  checkSettings();
  // What the exporters have to say, such as that a receiver took only a part. OTEL_LOG_LEVEL sets another level.
  if (!setting('OTEL_LOG_LEVEL')) diag.setLogger(new DiagConsoleLogger(), DiagLogLevel.WARN);
  const all = [new FastifyInstrumentation(), ...instrumentations()];
  instrumentEsModules({ include: instrumentedModules(all) });
  new NodeSDK({
    resource: resource(),
    resourceDetectors: resourceDetectors(),
    instrumentations: all,
    spanProcessors: [preciseStart, ...deliverSpans(createSpanExporter)],
    logRecordProcessors: deliverLogRecords(createLogExporter),
    metricReaders: [],
  }).start();
  flushBeforeExit(flush);
}
