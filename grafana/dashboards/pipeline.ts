// From the services through the Collector into Tempo and Loki: where do my spans go?
import { dashboard } from './dashboard.ts';
import { graph, numbers } from './panels.ts';
import { metrics, metricsNow } from './queries.ts';

type Signal = 'spans' | 'log_records';

const perSecond = (metric: string) => `sum(rate(${metric}[$__rate_interval]))`;
/** A counter that is not there before it counts for the first time. */
const orNone = (metric: string) => `sum(${metric}) or vector(0)`;

/** PromQL for how full the queue before each store is, from 0 to 1. */
export const fullness =
  'sum by (exporter, data_type) (otelcol_exporter_queue_size) / sum by (exporter, data_type) (otelcol_exporter_queue_capacity)';

/** From the door of the Collector into the store, as counts that add up. */
function counts(signal: Signal, exporter: 'otlp_grpc' | 'otlp_http') {
  const taken = `sum(otelcol_receiver_accepted_${signal})`;
  const sent = `sum(otelcol_exporter_sent_${signal}{exporter="${exporter}"})`;
  const waiting = `sum(otelcol_exporter_queue_size{exporter="${exporter}"})`;
  const lost = orNone(`otelcol_exporter_send_failed_${signal}{exporter="${exporter}"}`);
  return [
    metricsNow(taken, 'taken'),
    metricsNow(sent, 'sent on'),
    metricsNow(waiting, 'waiting'),
    metricsNow(orNone(`otelcol_receiver_refused_${signal}`), 'refused'),
    metricsNow(lost, 'lost'),
    metricsNow(`clamp_min(${taken} - ${sent} - ${waiting} - (${lost}), 0)`, 'unaccounted'),
  ];
}

const meanings =
  'taken: from the services. sent on: the store has it. waiting: in the queue on disk. refused: the sender keeps it and tries again. lost: the store refused it for good. unaccounted: the rest of what was taken; the Collector drops what is alone larger than max_size, and only logs it.';
const bad = { badFrom: 1, only: ['refused', 'lost', 'unaccounted'] };

export const pipeline = dashboard({
  uid: 'pipeline',
  title: 'Pipeline',
  description: 'From the services through the Collector into Tempo and Loki: where do my spans go?',
  other: ['Home', 'home'],
  panels: [
    numbers({
      title: 'Where did the spans go?',
      description: `On the way to Tempo, counted by the Collector since it started. ${meanings}`,
      noData: 'The Collector has not taken a span since it started.',
      width: 12,
      height: 5,
      unit: 'short',
      ...bad,
      queries: counts('spans', 'otlp_grpc'),
    }),
    numbers({
      title: 'Where did the log records go?',
      description: `On the way to Loki, counted by the Collector since it started. ${meanings}`,
      noData: 'The Collector has not taken a log record since it started.',
      width: 12,
      height: 5,
      unit: 'short',
      ...bad,
      queries: counts('log_records', 'otlp_http'),
    }),
    graph({
      title: 'What does the Collector take?',
      description: 'Spans and log records per second that the services sent, and the Collector has on its disk.',
      noData: 'The Collector takes nothing: do the services run, and does it?',
      width: 8,
      unit: 'cps',
      queries: [
        metrics(perSecond('otelcol_receiver_accepted_spans'), 'spans'),
        metrics(perSecond('otelcol_receiver_accepted_log_records'), 'log records'),
      ],
    }),
    graph({
      title: 'What does it send on?',
      description:
        'Spans and log records per second that the stores have confirmed, by exporter: otlp_grpc is Tempo, otlp_http is Loki.',
      noData: 'The Collector sends nothing: do Tempo and Loki answer?',
      width: 8,
      unit: 'cps',
      queries: [
        metrics('sum by (exporter) (rate(otelcol_exporter_sent_spans[$__rate_interval]))', 'spans, {{exporter}}'),
        metrics('sum by (exporter) (rate(otelcol_exporter_sent_log_records[$__rate_interval]))', 'log records, {{exporter}}'),
      ],
    }),
    graph({
      title: 'What do Tempo and Loki take in?',
      description:
        'Spans per second, counted by Tempo, and log lines per second, counted by Loki. What the Collector sends and they do not count is lost between them.',
      noData: 'Tempo and Loki take nothing in.',
      width: 8,
      unit: 'cps',
      queries: [
        metrics(perSecond('tempo_distributor_spans_received_total'), 'spans, Tempo'),
        metrics(perSecond('loki_distributor_lines_received_total'), 'log lines, Loki'),
      ],
    }),
    graph({
      title: 'How much waits?',
      description:
        'Spans (traces) and log records (logs) in the queue of the Collector, on its disk. More than a moment of it: the store is away or slow.',
      noData: 'The Collector is not seen.',
      width: 8,
      unit: 'short',
      queries: [metrics('sum by (data_type) (otelcol_exporter_queue_size)', '{{data_type}}')],
    }),
    graph({
      title: 'How full is the queue?',
      description:
        'Length of the queue of each exporter against its limit, sending_queue in collector/collector.yaml. Above the red line an alert fires; when it is full, the Collector refuses, and the services keep what they can.',
      noData: 'The Collector is not seen.',
      width: 8,
      unit: 'percentunit',
      max: 1,
      warnFrom: 0.25,
      badFrom: 0.5,
      queries: [metrics(fullness, '{{exporter}}, {{data_type}}')],
    }),
    graph({
      title: 'What was refused or lost?',
      description:
        'Counted by the Collector since it started, so each step up is an event. refused: sent back to the sender, who tries again. no room: refused because the queue was full. lost: refused by the store for good. An alert fires on the first and the last.',
      noData: 'The Collector is not seen.',
      width: 8,
      unit: 'short',
      decimals: 0,
      badFrom: 1,
      queries: [
        metrics(orNone('otelcol_receiver_refused_spans'), 'spans refused'),
        metrics(orNone('otelcol_receiver_refused_log_records'), 'log records refused'),
        metrics(orNone('otelcol_exporter_enqueue_failed_spans'), 'spans, no room'),
        metrics(orNone('otelcol_exporter_enqueue_failed_log_records'), 'log records, no room'),
        metrics(orNone('otelcol_exporter_send_failed_spans'), 'spans lost'),
        metrics(orNone('otelcol_exporter_send_failed_log_records'), 'log records lost'),
      ],
    }),
    graph({
      title: 'How much memory does each part use?',
      description:
        'Resident memory of each process; its limit is mem_limit in docker-compose.yml. The two services, PostgreSQL and Grafana are not scraped and so not here: docker stats shows them.',
      noData: 'No part is scraped.',
      width: 16,
      unit: 'bytes',
      queries: [
        metrics('sum by (job) (process_resident_memory_bytes)', '{{job}}'),
        metrics('sum by (job) (otelcol_process_memory_rss)', '{{job}}'),
      ],
    }),
    numbers({
      title: 'Which parts answer?',
      description: 'Whether Prometheus could read the metrics of a part when it last tried, at most five seconds ago.',
      noData: 'Prometheus scrapes nothing.',
      width: 8,
      unit: 'short',
      badBelow: 1,
      words: { 1: 'answers', 0: 'silent' },
      queries: [metricsNow('up', '{{job}}')],
    }),
  ],
});
