// autotel-devtools: receives OTLP, stores it in a file, shows it in a browser. Replaces the Collector, Tempo, Loki and Grafana.
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

/** The spans that the viewer has of a trace. */
export async function readTrace(viewerUrl: string, traceId: string): Promise<{ spanId: string }[]> {
  const { traces } = await query<{ traces: { spans: { spanId: string }[] }[] }>(viewerUrl, 'traces', traceId);
  return traces[0]?.spans ?? [];
}

/** The services that the viewer has log lines of, for a trace. */
export async function readLogServices(viewerUrl: string, traceId: string): Promise<string[]> {
  const { logs } = await query<{ logs: { resourceName: string }[] }>(viewerUrl, 'logs', traceId);
  return [...new Set(logs.map(({ resourceName }) => resourceName))];
}

async function query<Answer>(viewerUrl: string, kind: 'traces' | 'logs', traceId: string): Promise<Answer> {
  const response = await fetch(`${viewerUrl}/api/query/${kind}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: `trace_id = "${traceId}"`, limit: 100 }),
    signal: AbortSignal.timeout(5_000),
  });
  return (await response.json()) as Answer;
}
