// Each alert, tried: its condition is caused, and Prometheus says that its expression is above its threshold.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { absentWhileHealthy } from './answers.ts';
import { alerts } from './queries.ts';
import { compose, queryMetrics, root, type Sample, write } from './stack.ts';

const directory = mkdtempSync(join(tmpdir(), 'alerts-'));
const otlp = `http://localhost:${process.env.OTLP_HTTP_PORT}`;
const exporters = ['otlp_grpc', 'otlp_http'];
const queueSize = 1_000; // is sooner full than the real one

beforeAll(async () => {
  startCollector([]);
  for (const { uid } of alerts) await until(`no alert ${uid}`, async () => (await firing(uid)).length === 0, 150_000); // of an earlier run
}, 180_000);

// The Collector is made anew, and with it its counters; the services start anew, and with them their logs, which now have errors.
afterAll(async () => {
  compose('up', '--detach', '--wait');
  compose('restart', 'frontend', 'backend');
  compose('up', '--detach', '--wait');
  await until('no count of what was lost', async () => (await queryMetrics(lossesNow)).length === 0, 20_000);
  rmSync(directory, { recursive: true });
}, 90_000);

/** With the configuration of this repository, a small queue, and what else is set. */
function startCollector(settings: string[]): void {
  const all = exporters.map((exporter) => `exporters.${exporter}.sending_queue.queue_size=${queueSize}`).concat(settings);
  const command = ['--config=/etc/collector/collector.yaml', ...all.map((setting) => `--set=${setting}`)];
  const override = join(directory, 'collector.json');
  writeFileSync(override, JSON.stringify({ services: { collector: { command } } }));
  compose('--file', `${root}docker-compose.yml`, '--file', override, 'up', '--detach', '--wait', '--no-deps', 'collector');
}

const lossesNow = '{__name__=~"otelcol_(receiver_refused|exporter_send_failed)_(spans|log_records)_total"} > 0';

test('A service fails requests: PostgreSQL is away', async () => {
  compose('stop', 'postgres');
  await until(
    'both services',
    async () => {
      await write().catch(() => {}); // it fails, which is meant
      return (await firing('service-errors')).length === 2;
    },
    40_000,
  );
  const names = (await firing('service-errors')).map(({ metric }) => metric.service);
  expect(names.sort()).toEqual(['backend', 'frontend']);
  compose('start', 'postgres');
});

test('The Collector loses telemetry: Tempo and Loki refuse for good what they cannot store', async () => {
  await send('spans', [{ ...span(), traceId: '' }]);
  await send('logs', [{ ...logRecord(), body: { stringValue: 'x'.repeat(300_000) } }]);
  await until('both', async () => Number((await firing('collector-loses'))[0]?.value[1]) >= 2);
});

test('The queue of the Collector fills: Tempo and Loki are away', async () => {
  startCollector(['exporters.otlp_grpc.endpoint=tempo:1', 'exporters.otlp_http.endpoint=http://loki:1']); // so that they go on for other tests
  await until('an open door', () => send('spans', []));
  await send('spans', Array.from({ length: 0.7 * queueSize }, span));
  await send('logs', Array.from({ length: 0.7 * queueSize }, logRecord));
  await until('both exporters', async () => (await firing('queue-fills')).length === 2);
});

test('The Collector refuses telemetry: the queue is full', async () => {
  expect(await send('spans', Array.from({ length: 0.7 * queueSize }, span))).toBe(503);
  expect(await send('logs', Array.from({ length: 0.7 * queueSize }, logRecord))).toBe(503);
  await until('both', async () => Number((await firing('collector-loses'))[0]?.value[1]) >= 1.4 * queueSize);
});

test('each counter that no healthy stack has is there now', async () => {
  for (const selector of absentWhileHealthy) {
    expect(await queryMetrics(`count(last_over_time(${selector}[5m]))`), selector).not.toEqual([]);
  }
});

test('The queue no longer fills when Tempo and Loki are back', async () => {
  startCollector([]);
  await until('an empty queue', async () => (await firing('queue-fills')).length === 0, 40_000);
});

/** The series for which Grafana would call this alert firing, its waiting time left aside. */
async function firing(uid: string): Promise<Sample[]> {
  const [value, above] = alerts.find((alert) => alert.uid === uid).data;
  const [{ evaluator }] = above.model.conditions;
  return (await queryMetrics(value.model.expr)).filter((sample) => Number(sample.value[1]) > evaluator.params[0]);
}

// Of an hour ago: Tempo stores such spans, and does not count them in the metrics of services.
const then = () => String(BigInt(Date.now() - 3_600_000) * 1_000_000n);
const hex = (bytes: number) => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('hex');
const span = () => ({
  traceId: hex(16),
  spanId: hex(8),
  name: 'try an alert',
  kind: 1,
  startTimeUnixNano: then(),
  endTimeUnixNano: then(),
});
const logRecord = () => ({ timeUnixNano: then(), body: { stringValue: 'try an alert' } });

/** @returns the status of the answer */
async function send(signal: 'spans' | 'logs', items: object[]): Promise<number> {
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'alerts-test' } }] };
  const [path, body] =
    signal === 'spans'
      ? ['v1/traces', { resourceSpans: [{ resource, scopeSpans: [{ spans: items }] }] }]
      : ['v1/logs', { resourceLogs: [{ resource, scopeLogs: [{ logRecords: items }] }] }];
  const headers = { 'content-type': 'application/json' };
  return (await fetch(`${otlp}/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })).status;
}
