// One write, followed from the answer into every store.
import { beforeAll, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { findExemplars, findLogs, queryAsReader, queryMetrics, type Row, searchTraces, spansOf, write } from './stack.ts';

let row: Row;

beforeAll(async () => {
  row = await write();
});

test('Tempo has exactly its four spans by id, each the child of the one before', async () => {
  await until('four spans', async () => (await spansOf(row.traceId)).length >= 4);
  const spans = await spansOf(row.traceId);
  const byName = (name: string) => spans.find((span) => span.name === name);
  expect(spans.map(({ service, kind, name }) => `${service} ${kind} ${name}`).sort()).toEqual([
    'backend CLIENT INSERT numbers',
    'backend SERVER POST /numbers',
    'frontend CLIENT POST',
    'frontend SERVER POST /write',
  ]);
  expect(byName('POST /write')?.parentSpanId).toBeNull();
  expect(byName('POST')?.parentSpanId).toBe(byName('POST /write')?.spanId);
  expect(byName('POST /numbers')?.parentSpanId).toBe(byName('POST')?.spanId);
  expect(byName('INSERT numbers')?.parentSpanId).toBe(byName('POST /numbers')?.spanId);
  for (const span of spans) {
    const parent = spans.find(({ spanId }) => spanId === span.parentSpanId) ?? span;
    expect(span.startMs - parent.startMs).toBeGreaterThan(-1); // as precise as the clocks of two processes
    expect(span.startMs + span.durationMs - parent.startMs - parent.durationMs).toBeLessThan(1);
  }
});

test('a TraceQL search for its row finds the trace, and no other', async () => {
  const query = `{ span.demo.number.id = ${row.id} }`;
  const found = await until('the trace in search', async () => {
    const traces = await searchTraces(query);
    return traces.length > 0 ? traces : undefined;
  });
  expect(found.map(({ traceId }) => traceId)).toEqual([row.traceId]);
  expect(found[0]?.serviceStats).toEqual({ frontend: { spanCount: 2 }, backend: { spanCount: 2 } });
});

test('Loki has log lines of both services by trace_id, and service_name is their only label', async () => {
  const query = `{service_name=~".+"} | trace_id="${row.traceId}"`;
  const lines = await until('lines of two services', async () => {
    const found = await findLogs(query);
    return found.length >= 2 ? found : undefined;
  });
  expect(lines.map(({ service_name }) => service_name).sort()).toEqual(['backend', 'frontend']);
  expect(await findLogs(`{service_instance_id=~".+"} | trace_id="${row.traceId}"`)).toEqual([]);
});

test('Prometheus has span metrics of every span', async () => {
  const query = 'sum by (service, span_kind, span_name) (traces_spanmetrics_calls_total)';
  const spans = await until(
    'metrics of the write',
    async () => {
      const names = (await queryMetrics(query)).map(({ metric }) => `${metric.service} ${metric.span_kind} ${metric.span_name}`);
      return names.some((name) => name.endsWith('POST /write')) ? names : undefined;
    },
    40_000,
  );
  for (const name of [
    'frontend SPAN_KIND_SERVER POST /write',
    'frontend SPAN_KIND_CLIENT POST',
    'backend SPAN_KIND_SERVER POST /numbers',
    'backend SPAN_KIND_CLIENT INSERT numbers',
  ]) {
    expect(spans).toContain(name);
  }
});

test('Prometheus counts the writes of a run', async () => {
  const before = await until('the counter', async () => ((await countWrites()).size > 0 ? countWrites() : undefined), 40_000);
  await Promise.all(Array.from({ length: 20 }, write));
  await until(
    '20 more',
    async () => [...(await countWrites())].some(([instance, count]) => count >= (before.get(instance) ?? 0) + 20),
    40_000,
  );
});

/** By the Tempo that counted: what one of before a restart has counted is still there for five minutes, and then is not. */
async function countWrites(): Promise<Map<string, number>> {
  const found = await queryMetrics('sum by (__metrics_gen_instance) (traces_spanmetrics_calls_total{span_name="POST /write"})');
  return new Map(found.map(({ metric, value }) => [metric.__metrics_gen_instance ?? '', Number(value[1])]));
}

test('Prometheus has the service graph: user, frontend, backend, postgres', async () => {
  const edges = await until(
    'three edges',
    async () => {
      const found = await queryMetrics('sum by (client, server) (traces_service_graph_request_total)');
      return found.length >= 3 ? found : undefined;
    },
    40_000,
  );
  expect(edges.map(({ metric }) => `${metric.client} → ${metric.server}`).sort()).toEqual([
    'backend → postgres',
    'frontend → backend',
    'user → frontend',
  ]);
});

test('an exemplar leads to its trace', async () => {
  const exemplar = await until(
    'an exemplar',
    async () => (await findExemplars('traces_spanmetrics_latency_bucket{span_name="POST /numbers"}')).at(-1),
    40_000,
  );
  await until('its span', async () => (await spansOf(exemplar.traceID ?? '')).some(({ name }) => name === 'POST /numbers'));
});

test('Prometheus scrapes the Collector, Tempo, Loki and itself', async () => {
  const up = await until('all targets', async () => {
    const targets = await queryMetrics('up');
    return targets.every(({ value }) => value[1] === '1') ? targets : undefined;
  });
  expect(up.map(({ metric }) => metric.job).sort()).toEqual(['collector', 'loki', 'prometheus', 'tempo']);
});

test('no span was refused, failed or dropped on its way through the Collector', async () => {
  expect(Number((await queryMetrics('sum(otelcol_receiver_accepted_spans_total)'))[0]?.value[1])).toBeGreaterThan(0);
  const losses = await queryMetrics(
    '{__name__=~"otelcol_(receiver_(refused|failed)|exporter_(send_failed|enqueue_failed))_(spans|log_records)_total"} > 0',
  );
  expect(losses).toEqual([]);
});

test("Grafana's role reads the row, and can write none", () => {
  expect(queryAsReader(`SELECT value, trace_id FROM numbers WHERE id = ${row.id}`)).toBe(`${row.value}|${row.traceId}`);
  expect(
    queryAsReader(
      "SELECT has_table_privilege('numbers', 'INSERT, UPDATE, DELETE, TRUNCATE'), has_schema_privilege('public', 'CREATE')",
    ),
  ).toBe('f|f');
});
