// autotel-devtools: takes OTLP, keeps it in a file, shows it in a browser. Stands in for the Collector, Tempo, Loki and Grafana.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from './process.ts';

export interface ViewerOptions {
  directory: string;
  /** Of the pages, and of OTLP over HTTP. */
  port: number;
  otlpGrpcPort: number;
}

export function viewerCommand({ directory, port, otlpGrpcPort }: ViewerOptions): Command {
  const cli = fileURLToPath(new URL('cli.js', import.meta.resolve('autotel-devtools')));
  const args = [
    '--port',
    String(port),
    '--grpc-port',
    String(otlpGrpcPort),
    '--db',
    join(directory, 'viewer.db'),
    '--title',
    'Fastify + OpenTelemetry',
  ];
  return {
    file: process.execPath,
    args: [cli, ...args],
    env: { AUTOTEL_MAX_TRACE_COUNT: '1000', AUTOTEL_MAX_LOG_COUNT: '1000' },
  };
}

export interface ViewerSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: string;
}

/** The spans that the viewer has of a trace; none while it has nothing. */
export async function readTrace(viewerUrl: string, traceId: string): Promise<ViewerSpan[]> {
  const { traces } = (await ask(`${viewerUrl}/api/query/traces`, { query: `trace_id = "${traceId}"`, limit: 1 })) as {
    traces: { spans: ViewerSpan[] }[];
  };
  return traces[0]?.spans ?? [];
}

async function ask(url: string, body: object): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(5_000),
  });
  return response.json();
}
