// Serves metrics for Prometheus on OTEL_EXPORTER_PROMETHEUS_HOST and _PORT. Unlike the exporter's own server, neither this server nor its
// connections keep the process running.
import { createServer } from 'node:http';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import type { Resource } from '@opentelemetry/resources';
import { logOnce } from './log.ts';
import { setting } from './settings.ts';

const defaultHost = 'localhost';
const defaultPort = 9464;
const path = '/metrics';

/**
 * Never throws. If the port is in use, the error is logged and no metrics are served.
 *
 * @param resource responses wait for its asynchronous attributes
 */
export function servePrometheus(resource: Resource): PrometheusExporter {
  const host = setting('OTEL_EXPORTER_PROMETHEUS_HOST') ?? defaultHost;
  const port = Number(setting('OTEL_EXPORTER_PROMETHEUS_PORT') ?? defaultPort);
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const server = createServer(async (request, response) => {
    if (request.url?.split('?', 1)[0] !== path) return response.writeHead(404).end();
    await resource.waitForAsyncAttributes?.().catch(() => {}); // omits attributes whose detection failed
    exporter.getMetricsRequestHandler(request, response);
  });
  server.on('connection', (socket) => socket.unref());
  server.on('error', (error) => logOnce(`cannot serve metrics on http://${host}:${port}${path}: ${error.message}`));
  context.with(suppressTracing(ROOT_CONTEXT), () => server.listen({ host, port }));
  server.unref();
  return exporter;
}
