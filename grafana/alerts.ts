// Three alerts, each with what to do and the panel that shows it.
// Grafana's only contact point is its built-in e-mail without a server: alerts are shown, and nobody is notified.
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { TypeThresholdBuilder } from '@grafana/grafana-foundation-sdk/expr';
import { errorRate, home } from './dashboards/home.ts';
import { pipeline, queueUtilization } from './dashboards/pipeline.ts';
import { metricsNow, sources } from './dashboards/queries.ts';

interface Alert {
  uid: string;
  title: string;
  expr: string;
  /** The alert fires when the expression exceeds this for half a minute, which is longer than a start takes. */
  above: number;
  /** The state of the alert without data. */
  noData: 'OK' | 'NoData';
  panel: [Dashboard, title: string];
  summary: string;
  whatToDo: string;
}

const refusedOrDropped =
  '{__name__=~"otelcol_receiver_refused_spans_total|otelcol_receiver_refused_log_records_total|otelcol_exporter_send_failed_spans_total|otelcol_exporter_send_failed_log_records_total"}';

const expression = { type: '__expr__', uid: '__expr__' }; // evaluated by Grafana itself

const alerts: Alert[] = [
  {
    uid: 'service-errors',
    title: 'A service fails requests',
    expr: errorRate('2m'),
    above: 0.05,
    noData: 'OK',
    panel: [home, 'Failed requests'],
    summary: 'More than 5 of 100 requests of a service fail',
    whatToDo:
      'Open one of its traces: in Explore, Tempo, { status = error }. The lowest red span failed first, and its log lines show the reason. If that is INSERT numbers, check PostgreSQL: make status.',
  },
  {
    // Some of these counters do not exist before their first event, which increase() does not see. Hence the sum minus its value
    // five minutes ago, unless the Collector has been restarted since.
    uid: 'collector-loses',
    title: 'The Collector refuses or drops telemetry',
    expr: `sum(${refusedOrDropped}) - (sum(${refusedOrDropped} offset 5m) and on () otelcol_process_uptime_seconds_total > 300 or vector(0))`,
    above: 0,
    noData: 'NoData',
    panel: [pipeline, 'Refused or dropped'],
    summary: 'Spans or log records were refused or dropped in the last five minutes',
    whatToDo:
      'Refused: the queue or the memory of the Collector is full; the services retry as long as their buffers have room. Dropped: Tempo or Loki rejected them for good. docker compose logs collector shows the reason.',
  },
  {
    uid: 'queue-fills',
    title: 'The queue of the Collector fills up',
    expr: queueUtilization,
    above: 0.5,
    noData: 'NoData',
    panel: [pipeline, 'Queue utilization'],
    summary: 'A queue of the Collector is more than half full',
    whatToDo:
      'The receiver is unreachable or slow: otlp_grpc is Tempo, otlp_http is Loki, a name that ends in /cloud is your other backend. make status shows whether Tempo and Loki are running, docker compose logs collector shows their responses. The queue is sent when they have recovered. For Tempo and Loki nothing is dropped before the queue is full; for another backend, after an hour.',
  },
];

/** As Grafana reads it: https://grafana.com/docs/grafana/latest/alerting/set-up/provision-alerting-resources/file-provisioning/ */
export const alerting = {
  apiVersion: 1,
  groups: [{ orgId: 1, name: 'demo', folder: 'Alerts', interval: '10s', rules: alerts.map(rule) }],
};

function rule({ uid, title, expr, above, noData, panel: [dashboard, panelTitle], summary, whatToDo }: Alert) {
  const panelId = dashboard.panels?.find((panel) => panel.title === panelTitle)?.id;
  if (panelId === undefined) throw new Error(`${dashboard.title} has no panel "${panelTitle}"`);
  const threshold = new TypeThresholdBuilder()
    .datasource(expression)
    .refId('above')
    .expression('value')
    .conditions([{ evaluator: { type: 'gt', params: [above] } }]);
  const data = [
    { refId: 'value', datasourceUid: sources.prometheus.uid, model: metricsNow(expr, '').target('value').build() },
    { refId: 'above', datasourceUid: expression.uid, model: threshold.build() },
  ];
  return {
    uid,
    title,
    condition: 'above',
    for: '30s',
    noDataState: noData,
    execErrState: 'Error',
    dashboardUid: dashboard.uid,
    panelId,
    annotations: { summary, description: whatToDo, __dashboardUid__: dashboard.uid, __panelId__: String(panelId) },
    data: data.map((query) => ({ ...query, relativeTimeRange: { from: 600, to: 0 } })),
  };
}
