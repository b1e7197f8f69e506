// What Grafana watches: few things, each with what to do, and the panel that shows it.
// Its only contact point is the built-in e-mail, for which no server is set: nobody is notified, and nothing leaves the machine.
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { TypeThresholdBuilder } from '@grafana/grafana-foundation-sdk/expr';
import { home, shareOfErrors } from './dashboards/home.ts';
import { fullness, pipeline } from './dashboards/pipeline.ts';
import { metricsNow, sources } from './dashboards/queries.ts';

interface Alert {
  uid: string;
  title: string;
  expr: string;
  /** It fires where the expression gives more than this for half a minute, which is longer than a start takes. */
  above: number;
  /** Where there is nothing to judge: whether that is a reason to worry. */
  noData: 'OK' | 'NoData';
  panel: [Dashboard, title: string];
  summary: string;
  whatToDo: string;
}

const lost =
  '{__name__=~"otelcol_receiver_refused_spans|otelcol_receiver_refused_log_records|otelcol_exporter_send_failed_spans|otelcol_exporter_send_failed_log_records"}';

const expression = { type: '__expr__', uid: '__expr__' }; // what Grafana reckons itself

const alerts: Alert[] = [
  {
    uid: 'service-errors',
    title: 'A service fails requests',
    expr: shareOfErrors('2m'),
    above: 0.05,
    noData: 'OK',
    panel: [home, 'What share of the requests fails?'],
    summary: 'More than 5 of 100 requests of {{ .Labels.service }} fail',
    whatToDo:
      'Open a trace of it: in Explore, Tempo, { status = error }. The red span that is furthest down failed first, and its log lines say why. If that is INSERT numbers, look at PostgreSQL: make status.',
  },
  {
    // Some of these counters are not there before they count for the first time, and increase() does not see that first time.
    // So: the sum, less what it was five minutes ago, unless that was another run of the Collector, which counted for itself.
    uid: 'collector-loses',
    title: 'The Collector refuses or loses telemetry',
    expr: `sum(${lost}) - (sum(${lost} offset 5m) and on () otelcol_process_uptime > 300 or vector(0))`,
    above: 0,
    noData: 'NoData',
    panel: [pipeline, 'What was refused or lost?'],
    summary: 'Spans or log records were refused or lost in the last five minutes',
    whatToDo:
      'Refused: the queue is full, or the memory of the Collector is; the services try again for as long as they have room. Lost: Tempo or Loki refused them for good. docker compose logs collector names the reason.',
  },
  {
    uid: 'queue-fills',
    title: 'The queue of the Collector fills',
    expr: fullness,
    above: 0.5,
    noData: 'NoData',
    panel: [pipeline, 'How full is the queue?'],
    summary: 'The queue of {{ .Labels.exporter }} for {{ .Labels.data_type }} is more than half full',
    whatToDo:
      'Who takes from it is away or slow: otlp_grpc is Tempo, otlp_http is Loki, one that ends in /cloud is your backend elsewhere. make status shows whether Tempo and Loki run, docker compose logs collector what was answered. What waits is sent when they are back; for Tempo and Loki nothing is lost before the queue is full, elsewhere after an hour.',
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
