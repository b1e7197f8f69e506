// Grafana's start page: the state of both services, and ways into each trace.
import { dashboard } from './dashboard.ts';
import { graph, logLines, serviceMap, table } from './panels.ts';
import { logs, metrics, metricsWithExemplars, rows, serviceGraph, traces, traceUrl } from './queries.ts';

/** Requests to a service, and the periodic writes of the frontend; not the INTERNAL spans within a request. */
const requests = 'span_kind=~"SPAN_KIND_SERVER|SPAN_KIND_INTERNAL", span_name=~"[A-Z]+( /.*)?|emit number"';

/** PromQL for the failed share of the requests of each service, from 0 to 1. @param window such as `2m` */
export function errorRate(window: string): string {
  const rate = (labels: string) => `sum by (service) (rate(traces_spanmetrics_calls_total{${labels}}[${window}]))`;
  return `${rate(`${requests}, status_code="STATUS_CODE_ERROR"`)} / ${rate(requests)} or 0 * ${rate(requests)}`;
}

function duration(percentile: number): string {
  const buckets = `sum by (service, le) (rate(traces_spanmetrics_latency_bucket{${requests}}[$__rate_interval]))`;
  return `histogram_quantile(${percentile / 100}, ${buckets})`;
}

/** Tempo 3.0 omits recent traces if there are more matches than the limit: docs/upstream.md. These are 15 minutes at one per second. */
const searchLimit = 1_000;
const shownTraces = 20;

export const home = dashboard({
  uid: 'home',
  title: 'Home',
  description: 'Both services, from the request to the row, and ways into each trace.',
  other: ['Pipeline', 'pipeline'],
  panels: [
    graph({
      title: 'Requests per second',
      description:
        'Counted by Tempo from the spans. "emit number" is the periodic write of the frontend, once every few seconds.',
      noData: 'No requests in this time range. Write a number on the front page.',
      width: 8,
      unit: 'reqps',
      queries: [
        metrics(
          `sum by (service, span_name) (rate(traces_spanmetrics_calls_total{${requests}}[$__rate_interval]))`,
          '{{service}}: {{span_name}}',
        ),
      ],
    }),
    graph({
      title: 'Failed requests',
      description:
        'Share of the requests of a service whose span has the status error: a 5xx response, or a periodic write that failed. An alert fires above the red line.',
      noData: 'No requests in this time range.',
      width: 8,
      unit: 'percentunit',
      max: 1,
      warnFrom: 0.01,
      badFrom: 0.05,
      queries: [metrics(errorRate('$__rate_interval'), '{{service}}')],
    }),
    graph({
      title: 'Request duration',
      description:
        'Half of the requests of a service are faster than p50, 95 % are faster than p95. Each dot is one request: hover over it and open its trace.',
      noData: 'No requests in this time range.',
      width: 8,
      unit: 's',
      warnFrom: 0.5,
      badFrom: 1,
      queries: [metricsWithExemplars(duration(95), '{{service}} p95'), metrics(duration(50), '{{service}} p50')],
    }),
    table({
      title: 'Latest traces',
      description: 'A TraceQL search in Tempo, newest first. Click an id to open the trace.',
      noData: 'No traces in this time range, or Tempo is unreachable. The dashboard Pipeline shows where spans are.',
      width: 14,
      height: 11,
      // At 1280 px there are 530 for the columns.
      columns: {
        traceID: { width: 84 },
        startTime: { width: 164, unit: 'dateTimeAsIso' }, // without milliseconds
        traceService: { width: 84 },
        traceName: { minWidth: 100 },
        traceDuration: { width: 84 },
      },
      newest: { by: 'startTime', rows: shownTraces },
      queries: [traces('{ nestedSetParent < 0 } with (most_recent=true)', searchLimit)],
    }),
    table({
      title: 'Latest numbers',
      description:
        'Rows of PostgreSQL, newest first. Click a trace_id to open the trace that wrote the row; Tempo stores traces for two days.',
      noData: 'No rows, or PostgreSQL is unreachable.',
      width: 10,
      height: 11,
      columns: {
        id: { width: 64 },
        value: { width: 76 },
        trace_id: { width: 84, link: ['Open the trace', traceUrl()] },
        created_at: { minWidth: 140, unit: 'dateTimeAsIso' },
      },
      queries: [rows('SELECT id, value, trace_id, created_at FROM numbers ORDER BY id DESC LIMIT 20')],
    }),
    logLines({
      title: 'Logs of both services',
      description: 'One line for each request, from Loki, newest first. Click a line: its details link to the trace.',
      noData: 'No log lines in this time range, or Loki is unreachable.',
      width: 24,
      height: 10,
      queries: [logs('{service_name=~".+"} | line_format `{{ printf "%-8s" .service_name }}  {{ __line__ }}`', 100)],
    }),
    serviceMap({
      title: 'Service graph',
      description:
        'Built by Tempo from pairs of CLIENT and SERVER spans; "user" is a caller without a trace. Click a service for its traces. A database that is down gets no calls, so its node only stops receiving them.',
      noData: 'No calls in this time range.',
      width: 24,
      height: 9,
      queries: [serviceGraph()],
    }),
    graph({
      title: 'Event loop delay, p99',
      description:
        'How late timers of the Node.js process run. A high value means that JavaScript blocks the process: every request waits for as long.',
      noData: 'No runtime metrics in this time range.',
      width: 8,
      unit: 's',
      warnFrom: 0.1,
      badFrom: 0.5,
      queries: [metrics('max by (service_name) (nodejs_eventloop_delay_p99_seconds)', '{{service_name}}')],
    }),
    graph({
      title: 'Heap in use',
      description: 'JavaScript objects of each process (v8js.memory.heap.used). A line that grows for hours is a leak.',
      noData: 'No runtime metrics in this time range.',
      width: 8,
      unit: 'bytes',
      queries: [metrics('sum by (service_name) (v8js_memory_heap_used_bytes)', '{{service_name}}')],
    }),
    graph({
      title: 'Database pool wait, p95',
      description:
        'Time from the request for a connection of the pool to the connection (db.client.connection.wait_time). It rises when POOL_SIZE connections are not enough, or the database is slow.',
      noData: 'No connections were requested in this time range.',
      width: 8,
      unit: 's',
      warnFrom: 0.1,
      badFrom: 1,
      queries: [
        metrics(
          'histogram_quantile(0.95, sum by (service_name, le) (rate(db_client_connection_wait_time_seconds_bucket[$__rate_interval])))',
          '{{service_name}}',
        ),
      ],
    }),
    graph({
      title: 'Delay of telemetry',
      description:
        'Log lines: from the newest line of a batch to its arrival in Loki, on average. Spans: how long Tempo takes to store a batch, p95; they travel the same way, and Tempo does not measure their age. A stored trace is found by its id at once, and by search about a second later.',
      noData: 'No telemetry arrived in this time range.',
      width: 24,
      height: 7,
      unit: 's',
      warnFrom: 2,
      badFrom: 10,
      queries: [
        metrics(
          'sum(rate(loki_distributor_lag_ms_total[$__rate_interval])) / 1000 / sum(rate(loki_request_duration_seconds_count{route="otlp_v1_logs"}[$__rate_interval]))',
          'log line to Loki',
        ),
        metrics(
          'histogram_quantile(0.95, sum by (le) (rate(tempo_distributor_push_duration_seconds_bucket[$__rate_interval])))',
          'Tempo stores spans',
        ),
      ],
    }),
  ],
});
