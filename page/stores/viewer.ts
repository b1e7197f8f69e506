// autotel-devtools, the viewer of local mode, keeps both traces and log lines.
import { fetchJson } from './fetch-json.ts';
import type { LogLine, Span, Store } from './stores.ts';

interface Traces {
  traces?: {
    startTime: number;
    spans: {
      spanId: string;
      parentSpanId?: string;
      name: string;
      kind: string;
      startTime: number; // ms of the epoch
      duration: number; // ms
      attributes: Record<string, unknown>;
      status: { code: string };
    }[];
  }[];
}

interface Logs {
  logs?: { timestamp: number; resourceName: string; severityText: string; body: string }[];
}

function viewer(baseUrl: string) {
  return {
    name: 'viewer',
    readyUrl: new URL('/healthz', baseUrl),
    without: 'Numbers are written all the same; their spans and log lines wait in the services.',
  };
}

export function viewerTraces(baseUrl: string): Store<Span> {
  return {
    ...viewer(baseUrl),
    async read(traceId, signal) {
      const { traces = [] } = (await query(baseUrl, 'traces', traceId, signal)) as Traces;
      return traces
        .flatMap(({ startTime, spans }) =>
          spans.map((span) => ({
            spanId: span.spanId,
            parentSpanId: span.parentSpanId ?? null,
            service: String(span.attributes['service.name'] ?? 'unknown'),
            name: span.name,
            kind: span.kind,
            startMs: span.startTime - startTime,
            durationMs: span.duration,
            isError: span.status.code === 'ERROR',
          })),
        )
        .sort((a, b) => a.startMs - b.startMs);
    },
  };
}

export function viewerLogs(baseUrl: string): Store<LogLine> {
  return {
    ...viewer(baseUrl),
    async read(traceId, signal) {
      const { logs = [] } = (await query(baseUrl, 'logs', traceId, signal)) as Logs;
      return logs
        .map(({ timestamp, resourceName, severityText, body }) => ({
          time: new Date(timestamp).toISOString(),
          service: resourceName,
          level: severityText,
          message: body,
        }))
        .sort((a, b) => a.time.localeCompare(b.time));
    },
  };
}

/** @returns an address with `{traceId}` in it */
export function viewerLink(baseUrl: string): string {
  return `${new URL('/', baseUrl).href}#trace={traceId}`;
}

async function query(baseUrl: string, what: 'traces' | 'logs', traceId: string, signal: AbortSignal): Promise<object> {
  const answer = await fetchJson('the viewer', new URL(`/api/query/${what}`, baseUrl), signal, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: `trace_id = "${traceId}"`, limit: 100 }),
  });
  return (answer as object | undefined) ?? {};
}
