// Spans and log lines of one trace, from Tempo and Loki or from the viewer, with all that the lessons look at.

export interface Span {
  spanId: string;
  parentSpanId: string | null;
  service: string;
  kind: string;
  name: string;
  /** Of the epoch. */
  startMs: number;
  durationMs: number;
  isError: boolean;
  attributes: Record<string, string | number | boolean>;
}

export interface LogLine {
  service: string;
  level: string;
  body: string;
}

export interface Stores {
  /** None while nothing has arrived. @throws while the store is unreachable */
  spansOf(traceId: string): Promise<Span[]>;
  logsOf(traceId: string): Promise<LogLine[]>;
}

const timeoutMs = 5_000;

/** @param url of the viewer, which stores both */
export function createViewerStores(url: string): Stores {
  async function query(what: 'traces' | 'logs', traceId: string): Promise<any> {
    const body = JSON.stringify({ query: `trace_id = "${traceId}"`, limit: 1_000 });
    return getJson(`${url}/api/query/${what}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  }
  return {
    async spansOf(traceId) {
      const { traces = [] } = await query('traces', traceId);
      return traces
        .flatMap(({ spans }: any) => spans)
        .map((span: any) => ({
          ...span,
          parentSpanId: span.parentSpanId || null,
          service: span.attributes['service.name'],
          startMs: span.startTime,
          durationMs: span.duration,
          isError: span.status.code === 'ERROR',
        }));
    },
    async logsOf(traceId) {
      const { logs = [] } = await query('logs', traceId);
      return logs.map(({ resourceName, severityText, body }: any) => ({ service: resourceName, level: severityText, body }));
    },
  };
}

/** https://grafana.com/docs/tempo/latest/api_docs/#query-v2, https://grafana.com/docs/loki/latest/reference/loki-http-api/ */
export function createGrafanaStores(tempoUrl: string, lokiUrl: string): Stores {
  return {
    async spansOf(traceId) {
      const { trace } = await getJson(`${tempoUrl}/api/v2/traces/${traceId}`);
      return (trace?.resourceSpans ?? []).flatMap(({ resource, scopeSpans }: any) =>
        scopeSpans.flatMap(({ spans }: any) => spans.map((span: any) => fromOtlp(span, attributesOf(resource.attributes)))),
      );
    },
    async logsOf(traceId) {
      const parameters = new URLSearchParams({
        query: `{service_name=~".+"} | trace_id="${traceId}"`,
        since: '1h',
        limit: '1000',
      });
      const { data } = await getJson(`${lokiUrl}/loki/api/v1/query_range?${parameters}`);
      return data.result.flatMap(({ stream, values }: any) =>
        values.map(([, body]: [string, string]) => ({ service: stream.service_name, level: stream.severity_text, body })),
      );
    },
  };
}

function fromOtlp(span: any, resource: Record<string, any>): Span {
  const startNs = BigInt(span.startTimeUnixNano);
  return {
    spanId: hex(span.spanId),
    parentSpanId: span.parentSpanId ? hex(span.parentSpanId) : null,
    service: resource['service.name'],
    kind: span.kind.replace('SPAN_KIND_', ''),
    name: span.name,
    startMs: Number(startNs / 1_000n) / 1_000,
    durationMs: Number(BigInt(span.endTimeUnixNano) - startNs) / 1e6,
    isError: span.status?.code === 'STATUS_CODE_ERROR',
    attributes: attributesOf(span.attributes),
  };
}

function attributesOf(attributes: any[] = []): Record<string, any> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, 'intValue' in value ? Number(value.intValue) : Object.values(value)[0]]),
  );
}

function hex(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex');
}

async function getJson(url: string, init: RequestInit = {}): Promise<any> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) });
  if (response.status === 404) return {};
  const text = await response.text();
  if (!response.ok) throw new Error(`${new URL(url).origin} answered with ${response.status}: ${text.slice(0, 200)}`);
  return JSON.parse(text);
}
