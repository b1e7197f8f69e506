// How this process is instrumented. Load it before the service: node --import ./telemetry/register.ts main.ts
// Traces and logs leave over OTLP; every setting is one of OpenTelemetry's own OTEL_* variables.
import { DiagConsoleLogger, DiagLogLevel, diag } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { register as instrumentEsModules } from 'import-in-the-middle/register-hooks.mjs';
import { deliverLogRecords, deliverSpans, flush } from './delivery.ts';
import { createLogExporter, createSpanExporter } from './exporters.ts';
import { traceFastify } from './fastify.ts';
import { instrumentations, instrumentedModules } from './instrumentations.ts';
import { resource, resourceDetectors } from './resource.ts';
import { checkSettings, setting } from './settings.ts';
import { flushBeforeExit } from './shutdown.ts';

if (setting('OTEL_SDK_DISABLED')?.toLowerCase() !== 'true') {
  checkSettings();
  // What the exporters have to say, such as that a receiver took only a part. OTEL_LOG_LEVEL sets another level.
  if (!setting('OTEL_LOG_LEVEL')) diag.setLogger(new DiagConsoleLogger(), DiagLogLevel.WARN);
  const all = instrumentations();
  instrumentEsModules({ include: instrumentedModules(all) });
  new NodeSDK({
    resource: resource(),
    resourceDetectors: resourceDetectors(),
    instrumentations: all,
    spanProcessors: deliverSpans(createSpanExporter),
    logRecordProcessors: deliverLogRecords(createLogExporter),
    metricReaders: [],
  }).start();
  traceFastify({ flush });
  flushBeforeExit(flush);
}
