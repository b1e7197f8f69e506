// The metric readers of OTEL_METRICS_EXPORTER: OTLP, Prometheus and console.
import { ExportResultCode } from '@opentelemetry/core';
import { OTLPMetricExporter as GrpcMetricExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as JsonMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import type { Resource } from '@opentelemetry/resources';
import {
  ConsoleMetricExporter,
  type MetricReader,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { noteItem } from './delivery.ts';
import { setLastMetrics } from './end-of-process.ts';
import { createExitBatch } from './exit-batch.ts';
import type { ExitBatch } from './exit-sender.ts';
import { endpointOf, metricExporters, protocolOf } from './exporters.ts';
import { log, logOnce, messageOf } from './log.ts';
import { collectSynchronously } from './metrics-collect.ts';
import { servePrometheus } from './metrics-prometheus.ts';
import { isUnavailable, reasonOf } from './refusal.ts';
import { setting, withValidEnvironment } from './settings.ts';

const otlpExporters = { grpc: GrpcMetricExporter, 'http/protobuf': ProtobufMetricExporter, 'http/json': JsonMetricExporter };

const createReaders: Record<string, (resource: Resource) => MetricReader> = {
  otlp: createOtlpReader,
  prometheus: servePrometheus,
  console: () => createPeriodicReader(new ConsoleMetricExporter()),
};

/** Never throws. An exporter that cannot be created is logged, and the others are used. */
export function createMetricReaders(resource: Resource): MetricReader[] {
  return metricExporters().flatMap((name) => {
    try {
      return withValidEnvironment(() => createReaders[name]?.(resource) ?? []);
    } catch (error) {
      logOnce(`cannot create the exporter ${name}: metrics are not exported: ${messageOf(error)}`);
      return [];
    }
  });
}

/** Limits the timeout to the interval, because the SDK's reader rejects a longer one. */
function createPeriodicReader(exporter: PushMetricExporter): MetricReader {
  const exportIntervalMillis = Number(setting('OTEL_METRIC_EXPORT_INTERVAL') ?? 60_000);
  const timeoutMs = Number(setting('OTEL_METRIC_EXPORT_TIMEOUT') ?? 30_000);
  const exportTimeoutMillis = Math.min(timeoutMs, exportIntervalMillis);
  return new PeriodicExportingMetricReader({ exporter, exportIntervalMillis, exportTimeoutMillis });
}

function createOtlpReader(): MetricReader {
  const { exporter, isResponding } = withReports(new otlpExporters[protocolOf('METRICS')]());
  const reader = createPeriodicReader(exporter);
  setLastMetrics(() => (isResponding() ? lastBatch(reader) : []));
  noteItem(); // metrics are delivered at exit even if there are no spans
  return reader;
}

/** Logs an unreachable receiver once, not for each interval. Cumulative values are sent by the next export that succeeds. */
function withReports(exporter: PushMetricExporter): { exporter: PushMetricExporter; isResponding: () => boolean } {
  const endpoint = endpointOf('METRICS');
  let isReachable = true;
  let isResponding = true;
  const reporting: PushMetricExporter = Object.create(exporter);
  reporting.export = (metrics, done) =>
    withValidEnvironment(() =>
      exporter.export(metrics, ({ code, error }) => {
        const hasFailed = code !== ExportResultCode.SUCCESS;
        if (hasFailed && isReachable) log(`cannot export metrics to ${endpoint} (${reasonOf(error)})`);
        if (!hasFailed && !isReachable) log(`metrics are exported to ${endpoint} again`);
        isReachable = !hasFailed;
        isResponding = !hasFailed || isUnavailable(error);
        done({ code: ExportResultCode.SUCCESS });
      }),
    );
  return { exporter: reporting, isResponding: () => isResponding };
}

function lastBatch(reader: MetricReader): ExitBatch[] {
  try {
    const metrics = collectSynchronously(reader);
    return metrics ? [createExitBatch('METRICS', metrics)] : [];
  } catch {
    return []; // the process is ending, so the failure cannot be handled
  }
}
