// https://grafana.com/docs/loki/latest/reference/loki-http-api/#query-logs-within-a-range-of-time
import { fetchJson } from './fetch-json.ts';
import type { LogLine, Store } from './stores.ts';

interface Answer {
  data?: { result: { stream: Record<string, string>; values: [nanoseconds: string, line: string][] }[] };
}

export function lokiLogs(baseUrl: string): Store<LogLine> {
  return {
    name: 'Loki',
    readyUrl: new URL('/ready', baseUrl),
    without: 'Numbers are written all the same, and their log lines wait in the Collector.',
    async read(traceId, signal) {
      const url = new URL('/loki/api/v1/query_range', baseUrl);
      url.search = String(
        new URLSearchParams({
          query: `{service_name=~".+"} | trace_id="${traceId}"`,
          since: '48h', // as long as loki/loki.yaml keeps it
          direction: 'forward',
          limit: '100',
        }),
      );
      const answer = (await fetchJson('Loki', url, signal)) as Answer | undefined;
      return (answer?.data?.result ?? [])
        .flatMap(({ stream, values }) =>
          values.map(([nanoseconds, message]) => ({
            time: new Date(Number(BigInt(nanoseconds) / 1_000_000n)).toISOString(),
            service: stream.service_name ?? 'unknown',
            level: stream.severity_text ?? stream.detected_level ?? 'info',
            message,
          })),
        )
        .sort((a, b) => a.time.localeCompare(b.time));
    },
  };
}
