// Grafana's start page: how are the two services, and where is the trace?
import { dashboard } from './dashboard.ts';
import { graph, logLines, serviceMap, table } from './panels.ts';
import { logs, metrics, metricsWithExemplars, rows, serviceGraph, traces, traceUrl } from './queries.ts';

/** What a service is asked for, and what the frontend does by itself; not the INTERNAL spans within a request. */
const requests = 'span_kind=~"SPAN_KIND_SERVER|SPAN_KIND_INTERNAL", span_name=~"[A-Z]+( /.*)?|emit number"';

/** PromQL for the share of the requests of each service that failed, from 0 to 1; 0 where none did. @param time such as `2m` */
export function shareOfErrors(time: string): string {
  const rate = (labels: string) => `sum by (service) (rate(traces_spanmetrics_calls_total{${labels}}[${time}]))`;
  return `${rate(`${requests}, status_code="STATUS_CODE_ERROR"`)} / ${rate(requests)} or 0 * ${rate(requests)}`;
}

function duration(percentile: number): string {
  const buckets = `sum by (service, le) (rate(traces_spanmetrics_latency_bucket{${requests}}[$__rate_interval]))`;
  return `histogram_quantile(${percentile / 100}, ${buckets})`;
}

export const home = dashboard({
  uid: 'home',
  title: 'Home',
  description: 'Two services, from the request to the row: how they are, and a way into each trace.',
  other: ['Pipeline: where do my spans go?', 'pipeline'],
  panels: [
    graph({
      title: 'How many requests?',
      description:
        'Requests per second, counted by Tempo from the spans. "emit number" is the write that the frontend makes by itself every few seconds.',
      noData: 'No requests in this time. Write a number on the front page.',
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
      title: 'What share of the requests fails?',
      description:
        'Requests whose span has the status error, of all requests of a service: answered with 5xx, or an "emit number" that came to nothing. Above the red line an alert fires.',
      noData: 'No requests in this time, so none has failed.',
      width: 8,
      unit: 'percentunit',
      max: 1,
      warnFrom: 0.01,
      badFrom: 0.05,
      queries: [metrics(shareOfErrors('$__rate_interval'), '{{service}}')],
    }),
    graph({
      title: 'How long do requests take?',
      description:
        'Half of the requests of a service are faster than p50, and 95 of 100 faster than p95. Each dot is one request: point at it and open its trace.',
      noData: 'No requests in this time.',
      width: 8,
      unit: 's',
      warnFrom: 0.5,
      badFrom: 1,
      queries: [metricsWithExemplars(duration(95), '{{service}} p95'), metrics(duration(50), '{{service}} p50')],
    }),
    serviceMap({
      title: 'Who calls whom?',
      description:
        'Made by Tempo from pairs of CLIENT and SERVER spans. The user is whoever sent a request without a trace of their own, and appears with the first. Click a service for its traces.',
      noData: 'No calls in this time.',
      width: 10,
      height: 11,
      queries: [serviceGraph()],
    }),
    table({
      title: 'Latest traces',
      description: 'From Tempo, newest first, by their first span. Click an id to open the trace.',
      noData: 'No traces in this time. Pipeline shows how far the spans came.',
      width: 14,
      height: 11,
      queries: [traces('{ nestedSetParent < 0 } with (most_recent=true)', 20)],
    }),
    table({
      title: 'Latest numbers',
      description:
        'Rows of PostgreSQL, newest first, whenever they were written. Click a trace_id to open the trace that wrote the row; Tempo keeps traces for two days.',
      noData: 'The table has no rows yet.',
      width: 14,
      height: 11,
      links: { trace_id: ['Open the trace', traceUrl()] },
      queries: [rows('SELECT id, value, created_at, trace_id FROM numbers ORDER BY id DESC LIMIT 20')],
    }),
    graph({
      title: 'How long from a request to its trace?',
      description:
        'Log lines: from the newest line of a batch to its arrival in Loki, on average (loki_distributor_lag_ms_total for each push). Spans take the same way with the same waits, and Tempo has no measure of their age; how long it takes to store a batch of them is the other line (tempo_distributor_push_duration_seconds, p95). Then the trace is found by its id, and about a second later by search.',
      noData: 'Nothing arrived in this time.',
      width: 10,
      height: 11,
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
    logLines({
      title: 'What do the services log?',
      description: 'One line for each request, from Loki, newest first. Click a line: its details have a link to the trace.',
      noData: 'No log lines in this time.',
      width: 24,
      height: 10,
      queries: [logs('{service_name=~".+"}', 100)],
    }),
  ],
});
