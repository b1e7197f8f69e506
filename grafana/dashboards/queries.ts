// The queries of the panels, one function for each kind. The uids are those of provisioning/datasources.
import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import * as loki from '@grafana/grafana-foundation-sdk/loki';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import * as tempo from '@grafana/grafana-foundation-sdk/tempo';

export interface Query {
  source: DataSourceRef;
  target: (refId: string) => cog.Builder<cog.Dataquery>;
}

export const sources = {
  prometheus: { type: 'prometheus', uid: 'prometheus' },
  tempo: { type: 'tempo', uid: 'tempo' },
  loki: { type: 'loki', uid: 'loki' },
  postgres: { type: 'grafana-postgresql-datasource', uid: 'postgres' },
};

/** PromQL over the time of the dashboard. @param legend the name of a line, with `{{label}}` for the value of a label */
export function metrics(expr: string, legend: string): Query {
  return { source: sources.prometheus, target: (refId) => promQl(refId, expr, legend).range() };
}

/** The same, with a dot for single requests, which opens their trace. */
export function metricsWithExemplars(expr: string, legend: string): Query {
  return { source: sources.prometheus, target: (refId) => promQl(refId, expr, legend).range().exemplar(true) };
}

/** PromQL at the end of the time of the dashboard. */
export function metricsNow(expr: string, legend: string): Query {
  return { source: sources.prometheus, target: (refId) => promQl(refId, expr, legend).instant() };
}

function promQl(refId: string, expr: string, legend: string): prometheus.DataqueryBuilder {
  return new prometheus.DataqueryBuilder().datasource(sources.prometheus).refId(refId).expr(expr).legendFormat(legend);
}

/** A TraceQL search: one row for each trace, of which Grafana makes the id a link. */
export function traces(traceQl: string, limit: number): Query {
  const target = (refId: string) =>
    tempoQuery(refId, tempo.TempoQueryType.Traceql).tableType(tempo.SearchTableType.Traces).query(traceQl).limit(limit);
  return { source: sources.tempo, target };
}

/** Which service calls which. Grafana asks Prometheus for it: serviceMap of the Tempo data source. */
export function serviceGraph(): Query {
  return { source: sources.tempo, target: (refId) => tempoQuery(refId, tempo.TempoQueryType.ServiceMap) };
}

function tempoQuery(refId: string, type: tempo.TempoQueryType): tempo.DataqueryBuilder {
  return new tempo.DataqueryBuilder().datasource(sources.tempo).refId(refId).queryType(type);
}

export function logs(logQl: string, limit: number): Query {
  const target = (refId: string) =>
    new loki.DataqueryBuilder().datasource(sources.loki).refId(refId).expr(logQl).queryType('range').maxLines(limit);
  return { source: sources.loki, target };
}

/** SQL, which the role reader runs. The SDK has no builder for it. */
export function rows(rawSql: string): Query {
  const query = { datasource: sources.postgres, editorMode: 'code', format: 'table', rawQuery: true, rawSql };
  const target = (refId: string) => ({ build: () => ({ ...query, refId, _implementsDataqueryVariant: () => {} }) });
  return { source: sources.postgres, target };
}

/** The address in Explore of the trace whose id a cell of a table has. */
export function traceUrl(): string {
  const traceId = '$' + '{__value.raw}'; // Grafana's variable for the cell
  const query = { refId: 'A', datasource: sources.tempo, queryType: 'traceql', query: traceId };
  const panes = { trace: { datasource: sources.tempo.uid, queries: [query], range: { from: 'now-48h', to: 'now' } } };
  const encoded = encodeURIComponent(JSON.stringify(panes)).replace(encodeURIComponent(traceId), traceId);
  return `/explore?schemaVersion=1&panes=${encoded}`;
}
