// Each link between traces, log lines, rows and metrics, clicked.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findExemplars, findLogs, type Row, searchTraces, spansOf, write } from '../docker/stack.ts';
import { until } from '../support/until.ts';
import { type Grafana, openDashboard, openGrafana, openTrace, pane, panel, picture } from './grafana.ts';

let row: Row;
let grafana: Grafana;

/** An id is longer than its column: its middle is below the next cell. */
const start = { position: { x: 10, y: 5 } };

const spans = ['frontend::POST /write', 'frontend::POST', 'backend::POST /numbers', 'backend::INSERT numbers'];

beforeAll(async () => {
  grafana = await openGrafana();
  await writeAndWait();
  await until('an exemplar', async () => (await findExemplars('traces_spanmetrics_latency_bucket')).length > 0);
});

/** A write whose spans and log lines Grafana can show. */
async function writeAndWait(): Promise<void> {
  row = await write();
  await until('its four spans', async () => (await spansOf(row.traceId)).length === 4);
  await until('its log lines', async () => (await findLogs(`{service_name=~".+"} | trace_id="${row.traceId}"`)).length >= 2);
  await until('it in search', async () => (await searchTraces(`{ span.demo.number.id = ${row.id} }`)).length === 1);
}

afterAll(() => grafana?.stop());

/** The complete trace, in the left pane of Explore. */
async function expectTrace(names = spans): Promise<void> {
  const explore = pane(grafana.page);
  await explore.getByText('4 spans').waitFor();
  for (const name of names) await explore.getByTitle(name, { exact: true }).waitFor();
}

test('from the table of latest traces to the trace of a write', async () => {
  await writeAndWait(); // the table draws only the rows in view, and the frontend writes one more every few seconds
  await openDashboard(grafana.page, 'home');
  const table = await panel(grafana.page, 'Latest traces');
  await table.getByRole('link', { name: row.traceId.replace(/^0+/, '') }).click(start); // search leaves leading zeros out
  await expectTrace();
  await picture(grafana.page, 'trace');
});

test('from a row to the trace that wrote it', async () => {
  await writeAndWait();
  await openDashboard(grafana.page, 'home');
  const table = await panel(grafana.page, 'Latest numbers');
  await table.getByRole('link', { name: row.traceId }).click(start);
  await expectTrace();
});

test('from a log line to its trace', async () => {
  await openDashboard(grafana.page, 'home');
  const lines = await panel(grafana.page, 'Logs of both services');
  await lines
    .getByText(/POST \/numbers 201/)
    .first()
    .click();
  await grafana.page.getByRole('link', { name: 'Open the trace' }).first().click();
  await expectTrace(['backend::POST /numbers', 'backend::INSERT numbers']);
});

test('from an exemplar to its trace', async () => {
  await openDashboard(grafana.page, 'home');
  const graph = await panel(grafana.page, 'Request duration');
  await graph.getByTestId('data-testid Exemplar marker').last().hover({ force: true });
  await grafana.page.getByRole('link', { name: 'Open the trace' }).click();
  await expectTrace(['backend::POST /numbers', 'backend::INSERT numbers']);
});

/** Opens a link of a span; Grafana shows where it leads to in a pane beside the trace. */
async function follow(span: string, link: string) {
  const trace = await openTrace(grafana.page, row.traceId);
  await trace.getByTitle(span, { exact: true }).click();
  await trace.getByRole('button', { name: 'Links', exact: true }).click();
  await grafana.page.getByRole('menuitem', { name: link }).click();
  return pane(grafana.page, 1);
}

test('from a span to the log lines of both services', async () => {
  const logs = await follow('backend::POST /numbers', 'Logs for this span');
  await logs.getByText('/numbers 201').first().waitFor();
  await logs.getByText('/write 201').first().waitFor();
  await picture(grafana.page, 'trace-and-logs');
});

test('from the span of the INSERT to its row', async () => {
  const rows = await follow('backend::INSERT numbers', 'The row it wrote');
  await rows.getByRole('cell', { name: String(row.value), exact: true }).waitFor();
  expect(await rows.getByRole('cell', { name: row.traceId }).count()).toBe(1);
});

test.each(['Requests per second', 'Errors per second', 'Duration, 95th percentile'])(
  'from a span to metrics of its service: %s',
  async (link) => {
    const metrics = await follow('backend::POST /numbers', link);
    await metrics.getByTestId('uplot-main-div').first().waitFor();
    await metrics.getByText('{span_name="INSERT numbers"}').first().waitFor();
  },
);
