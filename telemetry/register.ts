// How this process is instrumented. Load it before the service: node --import ./telemetry/register.ts main.ts
// Traces and logs leave over OTLP; every setting is one of OpenTelemetry's own OTEL_* variables.
import { getBooleanFromEnv } from '@opentelemetry/core';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { register as instrumentEsModules } from 'import-in-the-middle/register-hooks.mjs';
import { deliverLogRecords, deliverSpans, flush } from './delivery.ts';
import { createLogExporter, createSpanExporter } from './exporters.ts';
import { hookIntoFastify } from './fastify.ts';
import { instrumentations } from './instrumentations.ts';
import { resource, resourceDetectors } from './resource.ts';
import { checkSettings } from './settings.ts';
import { flushBeforeExit } from './shutdown.ts';

if (!getBooleanFromEnv('OTEL_SDK_DISABLED')) {
  checkSettings();
  instrumentEsModules();
  new NodeSDK({
    resource: resource(),
    resourceDetectors: resourceDetectors(),
    instrumentations: instrumentations(),
    spanProcessors: deliverSpans(createSpanExporter),
    logRecordProcessors: deliverLogRecords(createLogExporter),
    metricReaders: [],
  }).start();
  hookIntoFastify({ flush });
  flushBeforeExit(flush);
}
