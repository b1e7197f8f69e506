// No panel is empty: each query is run as Grafana would, and has to give data of the shape that its panel shows.
import { beforeAll, describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { answerTo } from './answers.ts';
import { type Query, queries } from './queries.ts';
import { write } from './stack.ts';

const all = queries();

beforeAll(async () => {
  for (let written = 0; written < 5; written++) await write();
});

test.each(all.map((query): [string, Query] => [`${query.dashboard}: ${query.panel} ${query.refId}`, query]))(
  '%s',
  async (_name, query) => {
    await until('data', () => withoutFault(query), 50_000);
  },
);

async function withoutFault(query: Query): Promise<number> {
  const { rows, faults } = await answerTo(query);
  if (faults.length > 0) throw new Error(faults.join('; '));
  return rows;
}

/** Panel and query, what is to be spelled wrong in it, and how. */
const mistakes: [string, string, string, string][] = [
  ['Requests per second', 'A', 'traces_spanmetrics_calls_total', 'traces_spanmetrics_calls'],
  ['Requests per second', 'A', 'span_kind', 'kind'],
  ['Requests per second', 'A', 'by (service,', 'by (service_name,'],
  ['Requests per second', 'A', '"uid":"prometheus"', '"uid":"mimir"'],
  ['Failed requests', 'A', 'STATUS_CODE_ERROR', 'ERROR'],
  ['Request duration', 'A', 'SPAN_KIND_SERVER|SPAN_KIND_INTERNAL', 'SPAN_KIND_PRODUCER'],
  ['Latest traces', 'A', 'nestedSetParent < 0', 'name = `no such span`'],
  ['Latest numbers', 'A', 'trace_id', 'traceid'],
  ['Logs of both services', 'A', 'service_name', 'service'],
  ['Spans', 'D', 'otelcol_receiver_refused_spans_total', 'otelcol_receiver_refused_spans'],
  ['Spans', 'E', 'otlp_grpc', 'otlp'],
  ['Refused or dropped', 'E', 'otelcol_exporter_send_failed_spans_total', 'otelcol_exporter_failed_spans_total'],
  ['The queue of the Collector fills up', 'value', 'otelcol_exporter_queue_size', 'otelcol_exporter_queue_length'],
];

describe('a mistake is seen', () => {
  test.each(mistakes)('in %s %s: %s, spelled %s', async (panel, refId, right, wrong) => {
    const query = all.find((candidate) => candidate.panel === panel && candidate.refId === refId);
    const misspelled = JSON.stringify(query).replaceAll(right, wrong);
    expect(misspelled).not.toBe(JSON.stringify(query));
    expect((await answerTo(JSON.parse(misspelled))).faults).not.toEqual([]);
  });
});
