// The way of telemetry from the services through the Collector into Tempo and Loki.
import { dashboard } from './dashboard.ts';
import { graph, numbers } from './panels.ts';
import { metrics, metricsNow } from './queries.ts';

type Signal = 'spans' | 'log_records';

const perSecond = (metric: string) => `sum(rate(${metric}[$__rate_interval]))`;
/** For counters that do not exist before their first event. */
const orZero = (metric: string) => `sum(${metric}) or vector(0)`;

/** Where Collectors run in two layers, the job "collector" is the one that sends to the stores: kubernetes/scale/prometheus. */
const accepted = (signal: Signal) => `otelcol_receiver_accepted_${signal}_total{job="collector"}`;

/** PromQL for the utilization of the queue of each store, from 0 to 1. */
export const queueUtilization =
  'sum by (exporter, data_type) (otelcol_exporter_queue_size) / sum by (exporter, data_type) (otelcol_exporter_queue_capacity)';

/** From the receiver of the Collector into the store, as counts that add up. */
function counts(signal: Signal, exporter: 'otlp_grpc' | 'otlp_http') {
  const received = `sum(${accepted(signal)})`;
  const sent = `sum(otelcol_exporter_sent_${signal}_total{exporter="${exporter}"})`;
  const queued = `sum(otelcol_exporter_queue_size{exporter="${exporter}"})`;
  const dropped = orZero(`otelcol_exporter_send_failed_${signal}_total{exporter="${exporter}"}`);
  return [
    metricsNow(received, 'received'),
    metricsNow(sent, 'sent'),
    metricsNow(queued, 'queued'),
    metricsNow(orZero(`otelcol_receiver_refused_${signal}_total`), 'refused'),
    metricsNow(dropped, 'dropped'),
    metricsNow(`clamp_min(${received} - ${sent} - ${queued} - (${dropped}), 0)`, 'unaccounted'),
  ];
}

const meanings =
  'received: by the Collector that sends to the stores. sent: the store has accepted it. queued: in the queue on disk. refused: by any Collector; the sender retries. dropped: the store rejected it for good. unaccounted: the rest of what was received; the Collector drops a single item larger than max_size, and only logs that.';
const bad = { badFrom: 1, only: ['refused', 'dropped', 'unaccounted'] };

export const pipeline = dashboard({
  uid: 'pipeline',
  title: 'Pipeline',
  description: 'From the services through the Collector into Tempo and Loki: where telemetry is, and where it is dropped.',
  other: ['Home', 'home'],
  panels: [
    numbers({
      title: 'Spans',
      description: `On the way to Tempo, counted since the start of the Collector. ${meanings} With tail sampling, also the spans that it does not store.`,
      noData: 'no data',
      width: 24,
      height: 4,
      unit: 'none',
      decimals: 0,
      ...bad,
      queries: counts('spans', 'otlp_grpc'),
    }),
    numbers({
      title: 'Log records',
      description: `On the way to Loki, counted since the start of the Collector. ${meanings}`,
      noData: 'no data',
      width: 24,
      height: 4,
      unit: 'none',
      decimals: 0,
      ...bad,
      queries: counts('log_records', 'otlp_http'),
    }),
    graph({
      title: 'Received by the Collector',
      description: 'Spans and log records per second that the services sent and the Collector has written to its disk.',
      noData: 'The Collector receives nothing: check that it and the services are running.',
      width: 8,
      unit: 'cps',
      queries: [metrics(perSecond(accepted('spans')), 'spans'), metrics(perSecond(accepted('log_records')), 'log records')],
    }),
    graph({
      title: 'Sent by the Collector',
      description:
        'Spans and log records per second that the stores have accepted, by exporter: otlp_grpc is Tempo, otlp_http is Loki.',
      noData: 'The Collector sends nothing: check that Tempo and Loki are running.',
      width: 8,
      unit: 'cps',
      queries: [
        metrics('sum by (exporter) (rate(otelcol_exporter_sent_spans_total[$__rate_interval]))', 'spans, {{exporter}}'),
        metrics(
          'sum by (exporter) (rate(otelcol_exporter_sent_log_records_total[$__rate_interval]))',
          'log records, {{exporter}}',
        ),
      ],
    }),
    graph({
      title: 'Received by Tempo and Loki',
      description:
        'Spans per second, counted by Tempo, and log lines per second, counted by Loki. A difference from what the Collector sends was dropped between them.',
      noData: 'Tempo and Loki receive nothing.',
      width: 8,
      unit: 'cps',
      queries: [
        metrics(perSecond('tempo_distributor_spans_received_total'), 'spans, Tempo'),
        metrics(perSecond('loki_distributor_lines_received_total'), 'log lines, Loki'),
      ],
    }),
    graph({
      title: 'Queue length',
      description:
        'Spans (traces) and log records (logs) in the queue of the Collector on its disk. If they stay, the store is unreachable or slow.',
      noData: 'No metrics of the Collector, or Prometheus is unreachable.',
      width: 8,
      unit: 'none',
      decimals: 0,
      softMax: 10,
      queries: [metrics('sum by (data_type) (otelcol_exporter_queue_size{data_type=~"traces|logs"})', '{{data_type}}')],
    }),
    graph({
      title: 'Queue utilization',
      description:
        'Length of each queue in relation to its limit: sending_queue in collector/collector.yaml. An alert fires above the red line. A full queue makes the Collector refuse data, which the services buffer as far as they can.',
      noData: 'No metrics of the Collector, or Prometheus is unreachable.',
      width: 8,
      unit: 'percentunit',
      max: 1,
      warnFrom: 0.25,
      badFrom: 0.5,
      queries: [metrics(queueUtilization, '{{exporter}}, {{data_type}}')],
    }),
    graph({
      title: 'Refused or dropped',
      description:
        'Counted since the start of the Collector, so each step up is an event. refused: the sender retries. no room: refused because the queue was full. dropped: rejected by the store for good. An alert fires on refused and dropped.',
      noData: 'No metrics of the Collector, or Prometheus is unreachable.',
      width: 8,
      unit: 'none',
      decimals: 0,
      softMax: 5,
      badFrom: 1,
      queries: [
        metrics(orZero('otelcol_receiver_refused_spans_total'), 'spans refused'),
        metrics(orZero('otelcol_receiver_refused_log_records_total'), 'log records refused'),
        metrics(orZero('otelcol_exporter_enqueue_failed_spans_total'), 'spans, no room'),
        metrics(orZero('otelcol_exporter_enqueue_failed_log_records_total'), 'log records, no room'),
        metrics(orZero('otelcol_exporter_send_failed_spans_total'), 'spans dropped'),
        metrics(orZero('otelcol_exporter_send_failed_log_records_total'), 'log records dropped'),
      ],
    }),
    graph({
      title: 'Memory by component',
      description:
        'Resident memory of each process; the limits are mem_limit in docker-compose.yml. For the services, PostgreSQL and Grafana see docker stats.',
      noData: 'No component is scraped, or Prometheus is unreachable.',
      width: 16,
      unit: 'bytes',
      queries: [
        metrics('sum by (job) (process_resident_memory_bytes)', '{{job}}'),
        metrics('sum by (job) (otelcol_process_memory_rss_bytes)', '{{job}}'),
      ],
    }),
    numbers({
      title: 'Components up',
      description: 'Whether the last scrape of a component succeeded, at most five seconds ago.',
      noData: 'no data',
      width: 8,
      unit: 'none',
      badBelow: 1,
      words: { 1: 'up', 0: 'down' },
      queries: [metricsNow('up', '{{job}}')],
    }),
  ],
});
