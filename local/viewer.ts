// autotel-devtools: receives OTLP, stores it in a file, shows it in a browser. Replaces the Collector, Tempo, Loki and Grafana.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from './process.ts';

interface ViewerOptions {
  directory: string;
  /** Of the pages, and of OTLP over HTTP. */
  port: number;
  otlpGrpcPort: number;
}

export function viewerCommand({ directory, port, otlpGrpcPort }: ViewerOptions): Command {
  const cli = fileURLToPath(new URL('cli.js', import.meta.resolve('autotel-devtools')));
  return {
    file: process.execPath,
    args: [cli],
    env: {
      AUTOTEL_DEVTOOLS_PORT: String(port),
      AUTOTEL_DEVTOOLS_GRPC_PORT: String(otlpGrpcPort),
      AUTOTEL_DEVTOOLS_DB: join(directory, 'viewer.db'),
      AUTOTEL_DEVTOOLS_TITLE: 'Fastify + OpenTelemetry',
      AUTOTEL_MAX_TRACE_COUNT: '1000',
      AUTOTEL_MAX_LOG_COUNT: '1000',
    },
  };
}
