// https://grafana.com/docs/loki/latest/reference/loki-http-api/#query-logs-within-a-range-of-time
import { fetchJson } from '../../service/fetch-json.ts';
import { ownAttributes } from './attributes.ts';
import type { LogLine, Store } from './stores.ts';

interface LokiResponse {
  data?: { result: { stream: Record<string, string>; values: [nanoseconds: string, line: string][] }[] };
}

/** Fields of an OTLP log record, and what Loki adds to them; the rest are its attributes, with `_` for `.`. */
const recordFields = /^(trace_id|span_id|severity_\w+|detected_level|observed_timestamp|flags|scope_\w+)$/;

export function lokiLogs(baseUrl: string): Store<LogLine> {
  return {
    name: 'Loki',
    readyUrl: new URL('/ready', baseUrl),
    impact: 'Log lines cannot be shown. The Collector buffers new ones until it recovers.',
    async read(traceId, signal) {
      const url = new URL('/loki/api/v1/query_range', baseUrl);
      url.search = String(
        new URLSearchParams({
          query: `{service_name=~".+"} | trace_id="${traceId}"`,
          since: '48h', // the retention in loki/loki.yaml
          direction: 'forward',
          limit: '200', // the fault log-flood writes 102
        }),
      );
      const response = (await fetchJson(`Loki at ${url.origin}`, url, { signal })) as LokiResponse | undefined;
      return (response?.data?.result ?? [])
        .flatMap(({ stream, values }) => values.map(([nanoseconds, message]) => toLogLine(stream, nanoseconds, message)))
        .sort((a, b) => a.time.localeCompare(b.time));
    },
  };
}

function toLogLine(stream: Record<string, string>, nanoseconds: string, message: string): LogLine {
  const attributes = Object.fromEntries(Object.entries(stream).filter(([name]) => !recordFields.test(name)));
  return {
    time: new Date(Number(BigInt(nanoseconds) / 1_000_000n)).toISOString(),
    service: stream.service_name ?? 'unknown',
    level: stream.severity_text ?? stream.detected_level ?? 'info',
    message,
    spanId: stream.span_id ?? null,
    attributes: ownAttributes(attributes),
  };
}
