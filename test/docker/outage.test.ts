// What was answered is not lost while the stores are away, even when the Collector is killed meanwhile: its queue is on disk.
import { afterAll, test } from 'vitest';
import { until } from '../support/until.ts';
import { compose, findLogs, spansOf, write } from './stack.ts';

afterAll(() => compose('up', '--detach', '--wait'));

test('traces and logs of an outage arrive after it', async () => {
  compose('stop', 'tempo', 'loki');
  const rows = await Promise.all(Array.from({ length: 20 }, write));
  await until('four spans and two log records of each on its disk', () => queuedItems() >= 6 * rows.length);
  compose('kill', 'collector');
  compose('start', 'tempo', 'loki');
  compose('start', 'collector');

  for (const { traceId } of rows) await until(`the trace ${traceId}`, async () => (await spansOf(traceId)).length === 4, 30_000);
  const query = `{service_name=~".+"} | trace_id=~"${rows.map(({ traceId }) => traceId).join('|')}"`;
  await until('two log lines of each', async () => (await findLogs(query)).length === 2 * rows.length, 30_000);
});

/** What the Collector has taken from the services and not yet given away. */
function queuedItems(): number {
  const ask = "fetch('http://collector:8888/metrics').then((answer) => answer.text()).then(console.log)";
  const metrics = compose('exec', '-T', 'backend', 'node', '-e', ask);
  return [...metrics.matchAll(/^otelcol_exporter_queue_size\{.*\} (\d+)$/gm)].reduce((sum, [, size]) => sum + Number(size), 0);
}
