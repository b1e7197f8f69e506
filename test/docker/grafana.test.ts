// Grafana's data sources and the links between them: each link's query is filled in as Grafana would, and run against the real store.
import { beforeAll, describe, expect, test } from 'vitest';
import type { Span } from '../../page/stores/stores.ts';
import { until } from '../support/until.ts';
import { datasources } from './queries.ts';
import { compose, findExemplars, findLogs, queryAsReader, queryMetrics, type Row, spansOf, write } from './stack.ts';

const source = (uid: string) => datasources.find((candidate) => candidate.uid === uid);
const { tracesToLogsV2, tracesToMetrics, serviceMap } = source('tempo').jsonData;

let row: Row;
let spans: Span[];

beforeAll(async () => {
  row = await write();
  await until('four spans', async () => (await spansOf(row.traceId)).length === 4);
  spans = await spansOf(row.traceId);
});

describe('data sources', () => {
  test('have a uid each, and every link names one of them', () => {
    const uids = datasources.map(({ uid }) => uid);
    expect(new Set(uids)).toEqual(new Set(['tempo', 'loki', 'prometheus', 'postgres']));
    const linked = [...JSON.stringify(datasources).matchAll(/"(?:datasourceUid|targetUID)":"(\w+)"/g)].map(([, uid]) => uid);
    expect(linked).toHaveLength(6);
    expect(uids).toEqual(expect.arrayContaining(linked));
  });

  const questions = { tempo: '/api/echo', loki: '/loki/api/v1/labels', prometheus: '/api/v1/status/buildinfo' };
  test.each(Object.entries(questions))('%s answers at its url, inside the network', (uid, path) => {
    const ask = `fetch('${source(uid).url}${path}').then(({ ok }) => process.exit(ok ? 0 : 1))`;
    expect(() => compose('exec', '-T', 'backend', 'node', '-e', ask)).not.toThrow();
  });

  test('postgres answers at its address, to the role and password that Grafana has', () => {
    const { environment } = JSON.parse(compose('config', '--format', 'json')).services.grafana;
    const fill = (value: string) => value.replace(/\$\{(\w+)\}/g, (_, name) => environment[name]);
    const { url, user, jsonData, secureJsonData } = source('postgres');
    const address = fill(
      `postgresql://${user}:${secureJsonData.password}@${url}/${jsonData.database}?sslmode=${jsonData.sslmode}`,
    );
    expect(
      compose('exec', '-T', 'postgres', 'psql', address, '-Atc', `SELECT trace_id FROM numbers WHERE id = ${row.id}`).trim(),
    ).toBe(row.traceId);
  });
});

describe('links', () => {
  test('from a trace to the logs of both services', async () => {
    expect(tracesToLogsV2).toMatchObject({ datasourceUid: 'loki', customQuery: true });
    const query = tracesToLogsV2.query.replace(/\$\{__trace\.traceId\}/, row.traceId);
    const lines = await until('two lines', async () => {
      const found = await findLogs(query);
      return found.length >= 2 ? found : undefined;
    });
    expect(new Set(lines.map(({ service_name }) => service_name))).toEqual(new Set(['frontend', 'backend']));
  });

  test('from a log line to its trace', async () => {
    const [field] = source('loki').jsonData.derivedFields;
    expect(field).toMatchObject({
      datasourceUid: 'tempo',
      matcherType: 'label',
      url: expect.stringMatching(/^\$\{__value\.raw\}$/),
    });
    const [line] = await until('a line of the write', async () => {
      const lines = await findLogs(`{service_name="backend"} | trace_id="${row.traceId}"`);
      return lines.length > 0 ? lines : undefined;
    });
    expect(line?.[field.matcherRegex]).toBe(row.traceId); // which Tempo has, or beforeAll would have failed
  });

  test.each(tracesToMetrics.queries as { name: string; query: string }[])(
    'from a span to the metrics of its service: $name',
    async ({ query }) => {
      expect(tracesToMetrics).toMatchObject({ datasourceUid: 'prometheus', tags: [{ key: 'service.name', value: 'service' }] });
      for (const service of new Set(spans.map((span) => span.service))) {
        const filled = query.replaceAll('$__tags', `service="${service}"`);
        await until(
          `data of ${service}`,
          async () => (await queryMetrics(filled)).some(({ value }) => Number.isFinite(Number(value[1]))),
          60_000,
        );
      }
    },
  );

  // https://grafana.com/docs/grafana/latest/datasources/tempo/configure-tempo-data-source/trace-correlations/
  test('from the span of the INSERT to its row, and from no other span', () => {
    const [{ targetUID, config, ...texts }] = source('tempo').correlations;
    expect(targetUID).toBe('postgres');
    expect(texts).toEqual({ label: expect.any(String), description: expect.any(String) }); // Grafana does not start without them
    const [transformation] = config.transformations;
    expect(transformation).toMatchObject({ type: 'regex', field: 'operationName', mapValue: 'table' });
    const linked = spans.flatMap(({ name }) => {
      const table = new RegExp(transformation.expression, 'gi').exec(name)?.[1];
      return table ? [[name, config.target.rawSql.replace(/\$\{table\}/, table).replace(/\$\{traceID\}/, row.traceId)]] : [];
    });
    expect(linked.map(([name]) => name)).toEqual(['INSERT numbers']);
    const found = JSON.parse(queryAsReader(`SELECT json_agg(found) FROM (${linked[0]?.[1]}) AS found`));
    expect(found).toEqual([{ id: row.id, value: row.value, trace_id: row.traceId, created_at: expect.any(String) }]);
  });

  test('from metrics to a trace, by exemplar', async () => {
    const [destination] = source('prometheus').jsonData.exemplarTraceIdDestinations;
    expect(destination.datasourceUid).toBe('tempo');
    const exemplar = await until(
      'an exemplar',
      async () => (await findExemplars('traces_spanmetrics_latency_bucket'))[0],
      40_000,
    );
    await until('its trace', async () => (await spansOf(exemplar[destination.name] ?? '')).length > 0);
  });

  // https://grafana.com/docs/grafana/latest/datasources/tempo/service-graph/
  test.each(['request_total', 'request_server_seconds_sum', 'request_server_seconds_bucket'])(
    'to the service map: traces_service_graph_%s',
    async (name) => {
      expect(serviceMap.datasourceUid).toBe('prometheus');
      await until(
        'its series',
        async () => (await queryMetrics(`traces_service_graph_${name}{client="frontend", server="backend"}`)).length > 0,
        40_000,
      );
    },
  );
});
