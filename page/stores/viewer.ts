// autotel-devtools, the viewer of local mode, stores both traces and log lines.
import { fetchJson } from '../../service/fetch-json.ts';
import { ownAttributes } from './attributes.ts';
import type { Stores } from './stores.ts';

interface TracesResponse {
  traces?: {
    startTime: number;
    spans: {
      spanId: string;
      parentSpanId?: string;
      name: string;
      kind: string;
      startTime: number; // Unix time in ms
      duration: number; // ms
      attributes: Record<string, unknown>; // those of the resource too
      status: { code: string };
    }[];
  }[];
}

interface LogsResponse {
  logs?: {
    timestamp: number;
    resourceName: string;
    severityText?: string;
    body: string;
    spanId?: string;
    attributes?: Record<string, unknown>;
  }[];
}

export function viewerStores(baseUrl: string): Stores {
  const { origin } = new URL(baseUrl);
  const store = {
    name: 'viewer',
    readyUrl: new URL('/healthz', baseUrl),
    impact: 'Traces and log lines cannot be shown. The services buffer new ones until it recovers.',
  };

  async function query(kind: 'traces' | 'logs', traceId: string, signal: AbortSignal): Promise<object> {
    const response = await fetchJson(`the viewer at ${origin}`, new URL(`/api/query/${kind}`, baseUrl), {
      signal,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: `trace_id = "${traceId}"`, limit: 200 }),
    });
    return (response as object | undefined) ?? {};
  }

  return {
    traces: {
      ...store,
      async read(traceId, signal) {
        const { traces = [] } = (await query('traces', traceId, signal)) as TracesResponse;
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
              attributes: ownAttributes(span.attributes),
            })),
          )
          .sort((a, b) => a.startMs - b.startMs);
      },
    },
    logs: {
      ...store,
      async read(traceId, signal) {
        const { logs = [] } = (await query('logs', traceId, signal)) as LogsResponse;
        return logs
          .map(({ timestamp, resourceName, severityText, body, spanId, attributes }) => ({
            time: new Date(timestamp).toISOString(),
            service: resourceName,
            level: severityText ?? 'info',
            message: body,
            spanId: spanId ?? null,
            attributes: ownAttributes(attributes ?? {}),
          }))
          .sort((a, b) => a.time.localeCompare(b.time));
      },
    },
    traceLink: `${origin}/#trace={traceId}`,
  };
}
