// What a store answers to a query of Grafana's, and what is wrong with it.
import type { Query } from './queries.ts';
import { datasources } from './queries.ts';
import {
  findExemplars,
  findLogs,
  parseMetricsQuery,
  queryAsReader,
  queryMetrics,
  queryMetricsOverTime,
  searchTraces,
  spansOf,
} from './stack.ts';

interface Answer {
  rows: number;
  /** Empty where all is well. */
  faults: string[];
}

/** What counts what should not happen has no series until it does; alerts.test.ts sees each of them. */
export const absentWhileHealthy = [
  '{__name__="traces_spanmetrics_calls_total",span_kind=~"SPAN_KIND_SERVER|SPAN_KIND_INTERNAL",span_name=~"[A-Z]+( /.*)?|emit number",status_code="STATUS_CODE_ERROR"}',
  '{__name__="otelcol_exporter_enqueue_failed_spans_total"}',
  '{__name__="otelcol_exporter_enqueue_failed_log_records_total"}',
  '{__name__="otelcol_exporter_send_failed_spans_total"}',
  '{__name__="otelcol_exporter_send_failed_spans_total",exporter="otlp_grpc"}',
  '{__name__="otelcol_exporter_send_failed_log_records_total"}',
  '{__name__="otelcol_exporter_send_failed_log_records_total",exporter="otlp_http"}',
];

/** As Grafana fills them in for the last 15 minutes and data of every 5 s. */
const variables: Record<string, string> = { $__rate_interval: '20s', $__interval: '5s', $__range: '15m' };
const seconds = { range: 900, step: 5 };

const services = ['backend', 'frontend'];

export async function answerTo({ source, target, links }: Query): Promise<Answer> {
  const datasource = datasources.find(({ uid }) => uid === source.uid);
  if (datasource?.type !== source.type) return { rows: 0, faults: [`no data source ${source.uid} of type ${source.type}`] };
  try {
    if (source.type === 'prometheus') return await fromPrometheus(target, datasource);
    if (source.type === 'loki') return await fromLoki(target, datasource);
    if (source.type === 'tempo' && target.queryType === 'serviceMap') return await fromServiceMap(datasource);
    if (source.type === 'tempo') return await fromTempo(target);
    return await fromPostgres(target, links);
  } catch (error) {
    return { rows: 0, faults: [String(error)] };
  }
}

async function fromPrometheus({ expr, legendFormat, instant, exemplar }: any, datasource: any): Promise<Answer> {
  const query = fill(expr);
  const faults = await selectorsWithoutSeries(query);
  const series = instant
    ? await queryMetrics(query).then((samples) => samples.map(({ metric, value }) => ({ metric, last: value[1] })))
    : await queryMetricsOverTime(query, seconds).then((found) =>
        found.map(({ metric, values }) => ({ metric, last: values.at(-1)?.[1] })),
      );
  const rows = series.filter(({ last }) => Number.isFinite(Number(last)));
  if (rows.length === 0) faults.push('no series has a number');
  for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
    const values = new Set(rows.map(({ metric }) => metric[label]));
    if (values.has(undefined)) faults.push(`the legend names the label ${label}, which a series has not`);
    if (label === 'service')
      faults.push(...services.filter((service) => !values.has(service)).map((service) => `nothing of ${service}`));
  }
  if (exemplar) faults.push(...(await faultsOfExemplars(query, datasource)));
  return { rows: rows.length, faults };
}

/** Each metric with its labels by itself: `or vector(0)` would hide that one of them is spelled wrong. */
async function selectorsWithoutSeries(query: string): Promise<string[]> {
  const faults: string[] = [];
  for (const selector of await selectorsOf(query)) {
    if (absentWhileHealthy.includes(selector)) continue;
    if ((await queryMetrics(`count(last_over_time(${selector}[15m]))`)).length === 0) faults.push(`no series ${selector}`);
  }
  return faults;
}

/** Such as `{__name__="up",job="tempo"}`; one for each of the names where a query matches several. */
async function selectorsOf(query: string): Promise<string[]> {
  const selectors = partsOf(await parseMetricsQuery(query)).filter(({ type }) => /Selector$/.test(type));
  return selectors.flatMap(({ matchers }) => {
    const names = matchers.find(({ name }: Matcher) => name === '__name__').value.split('|');
    const labels = matchers
      .filter(({ name }: Matcher) => name !== '__name__')
      .map(written)
      .sort();
    return names.map((name: string) => `{${[`__name__="${name}"`, ...labels]}}`);
  });
}

interface Matcher {
  name: string;
  type: string;
  value: string;
}

const written = ({ name, type, value }: Matcher) => `${name}${type}"${value}"`;

function partsOf(part: any): any[] {
  if (typeof part !== 'object' || part === null) return [];
  return [part, ...Object.values(part).flatMap(partsOf)];
}

async function faultsOfExemplars(query: string, datasource: any): Promise<string[]> {
  const [destination] = datasource.jsonData.exemplarTraceIdDestinations;
  const newest = (await findExemplars(query)).at(-1)?.[destination.name];
  return newest ? missingTraces(destination.datasourceUid, [newest]) : [`no exemplar has the label ${destination.name}`];
}

/** The queries of Grafana's Tempo data source for its node graph. */
async function fromServiceMap(datasource: any): Promise<Answer> {
  if (datasource.jsonData.serviceMap.datasourceUid !== 'prometheus')
    return { rows: 0, faults: ['serviceMap leads to no Prometheus'] };
  const faults: string[] = [];
  let edges: string[] = [];
  for (const metric of ['server_seconds_sum', 'total']) {
    const found = await queryMetrics(fill(`sum by (client, server) (rate(traces_service_graph_request_${metric}[$__range]))`));
    edges = found.filter(({ value }) => Number(value[1]) > 0).map(({ metric }) => `${metric.client} → ${metric.server}`);
    for (const edge of ['frontend → backend', 'backend → postgres']) {
      if (!edges.includes(edge)) faults.push(`${metric}: no edge ${edge}`);
    }
  }
  return { rows: edges.length, faults };
}

async function fromTempo({ query, limit }: any): Promise<Answer> {
  const end = Math.ceil(Date.now() / 1000);
  const traces = await searchTraces(fill(query), { start: end - seconds.range, end, limit });
  const faults = traces.length === 0 ? ['no traces'] : await missingTraces('tempo', [traces.at(0)?.traceId ?? '']);
  if (traces.some(({ rootServiceName, rootTraceName }) => !rootServiceName || !rootTraceName))
    faults.push('a trace without its first span');
  return { rows: traces.length, faults };
}

async function fromLoki({ expr, maxLines }: any, datasource: any): Promise<Answer> {
  const lines = await findLogs(fill(expr), maxLines);
  const faults = services.filter((name) => !lines.some((line) => line.service_name === name)).map((name) => `no line of ${name}`);
  const [{ matcherRegex, datasourceUid }] = datasource.jsonData.derivedFields;
  const traceId = lines[0]?.[matcherRegex];
  faults.push(...(traceId ? await missingTraces(datasourceUid, [traceId]) : [`the newest line has no ${matcherRegex}`]));
  return { rows: lines.length, faults };
}

async function fromPostgres({ rawSql }: any, links: Record<string, string>): Promise<Answer> {
  const answer = queryAsReader(`SELECT json_agg(answer) FROM (${fill(rawSql)}) AS answer`);
  const rows = JSON.parse(answer || '[]') as Record<string, any>[];
  const faults = rows.length === 0 ? ['no rows'] : [];
  for (const [column, url] of Object.entries(links)) {
    if (rows[0]?.[column]) faults.push(...(await followToTrace(url, rows[0][column])));
    else faults.push(`no column ${column} to link from`);
  }
  return { rows: rows.length, faults };
}

/** A link into Explore: the query in it, filled in as Grafana would, has to find a trace. */
async function followToTrace(url: string, value: string): Promise<string[]> {
  const panes = new URL(url.replace(/\$\{__value\.raw\}/, value), 'http://localhost').searchParams.get('panes') ?? '{}';
  const [pane] = Object.values(JSON.parse(panes)) as any[];
  const [{ datasource, query }] = pane.queries;
  if (datasource.uid !== pane.datasource) return ['the link names two data sources'];
  return missingTraces(datasource.uid, [query]);
}

async function missingTraces(uid: string, traceIds: string[]): Promise<string[]> {
  if (datasources.find((candidate) => candidate.uid === uid)?.type !== 'tempo') return [`a trace is not to be had from ${uid}`];
  const faults: string[] = [];
  for (const traceId of traceIds) if ((await spansOf(traceId)).length === 0) faults.push(`Tempo has no trace ${traceId}`);
  return faults;
}

function fill(text: string): string {
  const filled = text.replace(/\$\w+/g, (name) => variables[name] ?? name);
  if (filled.includes('$')) throw new Error(`a variable that nobody fills in: ${filled}`);
  return filled;
}
